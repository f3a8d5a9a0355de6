"""The main use of the app: prompts, answers, tools, requests, interrupting, reopening."""

from tests.support.api import Api
from tests.support.terminal_app import open_app
from tui.model import TurnSummary
from tui.widgets.items.assistant_text import AssistantTextView


async def test_an_answer_streams_as_markdown(api: Api) -> None:
    async with open_app(api) as user:
        await user.see("Claude Code")
        await user.type("demo:markdown")
        await user.pilot.press("enter")
        await user.see("The end.")
        assert "┼" in user.screen_text
        await user.wait_until(lambda: "demo" in user.screen_text.splitlines()[-1])


async def test_streamed_words_are_shown_once(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:stream 4000")
        await user.see("word3 ")
        said = user.chat.query_one(AssistantTextView)
        assert user.conversation.running
        assert user.answers()[0].startswith(said._document.source)
        await user.pilot.press("escape")
        await user.wait_until_idle()


async def test_a_command_runs_after_permission(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:run touch hello.txt && ls hello.txt")
        await user.wait_for_request("Claude wants to run a command")
        assert "Allow always" in user.screen_text
        await user.pilot.press("y")
        await user.wait_until(lambda: user.tool_calls() and user.tool_calls()[0].state == "done")
        await user.see("✓ Bash  touch hello.txt && ls hello.txt")
        assert "hello.txt" in user.tool_calls()[0].output


async def test_a_denied_command_does_not_run(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:run touch forbidden.txt")
        await user.wait_for_request("Claude wants to run a command")
        await user.pilot.press("c")
        await user.type("use another way")
        await user.pilot.press("enter")
        await user.wait_until(lambda: any(isinstance(item, TurnSummary) for item in user.conversation.items))
        assert user.tool_calls()[0].state == "denied"
        assert not (api.workspace / "forbidden.txt").exists()
        await user.see("use another way")


async def test_escape_interrupts_and_the_session_continues(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:stream 4000")
        await user.see("word3")
        await user.pilot.press("escape")
        await user.see("Interrupted")
        assert user.conversation.running is None
        await user.run_turn("demo:say still here")
        assert user.answers()[-1] == "still here"


async def test_a_session_can_be_opened_again(api: Api) -> None:
    async with open_app(api, user="carol@example.com") as user:
        await user.run_turn("demo:say remember me")
        session_id = user.chat.session.session_id
    async with open_app(api, user="carol@example.com", session_id=session_id) as user:
        await user.wait_until(lambda: user.answers() == ["remember me"])
        await user.run_turn("demo:recall")
        assert "remember me" in user.answers()[-1]


async def test_the_session_of_another_user_is_not_shown(api: Api) -> None:
    async with open_app(api, user="carol@example.com") as user:
        await user.run_turn("demo:say private words")
        session_id = user.chat.session.session_id
    async with open_app(api, user="mallory@example.com", session_id=session_id) as user:
        await user.see("Ask Claude anything")
        assert "private words" not in user.screen_text
        assert not user.conversation.items
