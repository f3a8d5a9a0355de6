"""The main job on the screen: prompts, answers, tools, requests, interruption, coming back."""

from tests.support.api import Api
from tests.support.terminal_app import seat
from tui.model import TurnSummary
from tui.widgets.items.assistant_text import AssistantTextView


async def test_an_answer_streams_as_markdown(api: Api) -> None:
    async with seat(api) as person:
        await person.sees("Claude Code")
        await person.type("demo:markdown")
        await person.pilot.press("enter")
        await person.sees("The end.")
        assert "┼" in person.screen_text
        await person.until(lambda: "demo" in person.screen_text.splitlines()[-1])


async def test_words_come_once_while_they_stream(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:stream 4000")
        await person.sees("word3 ")
        said = person.chat.query_one(AssistantTextView)
        assert person.conversation.running
        assert person.said()[0].startswith(said._document.source)
        await person.pilot.press("escape")
        await person.rests()


async def test_a_command_is_asked_for_and_shown(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:run touch hello.txt && ls hello.txt")
        await person.is_asked("Claude wants to run a command")
        assert "Allow always" in person.screen_text
        await person.pilot.press("y")
        await person.until(lambda: person.calls() and person.calls()[0].state == "done")
        await person.sees("✓ Bash  touch hello.txt && ls hello.txt")
        assert "hello.txt" in person.calls()[0].output


async def test_a_denied_command_did_not_run(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:run touch forbidden.txt")
        await person.is_asked("Claude wants to run a command")
        await person.pilot.press("c")
        await person.type("use another way")
        await person.pilot.press("enter")
        await person.until(lambda: any(isinstance(item, TurnSummary) for item in person.conversation.items))
        assert person.calls()[0].state == "denied"
        assert not (api.workspace / "forbidden.txt").exists()
        await person.sees("use another way")


async def test_escape_interrupts_and_the_session_goes_on(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:stream 4000")
        await person.sees("word3")
        await person.pilot.press("escape")
        await person.sees("Interrupted")
        assert person.conversation.running is None
        await person.asks("demo:say still here")
        assert person.said()[-1] == "still here"


async def test_a_session_is_there_again(api: Api) -> None:
    async with seat(api, user="carol@example.com") as person:
        await person.asks("demo:say remember me")
        session_id = person.chat.session.session_id
    async with seat(api, user="carol@example.com", session_id=session_id) as person:
        await person.until(lambda: person.said() == ["remember me"])
        await person.asks("demo:recall")
        assert "remember me" in person.said()[-1]


async def test_another_persons_session_stays_closed(api: Api) -> None:
    async with seat(api, user="carol@example.com") as person:
        await person.asks("demo:say private words")
        session_id = person.chat.session.session_id
    async with seat(api, user="mallory@example.com", session_id=session_id) as person:
        await person.sees("Ask Claude anything")
        assert "private words" not in person.screen_text
        assert not person.conversation.items
