"""Questions to the person: permissions, questions, plans, several at once, hostile ones."""

from tests.support.api import Api
from tests.support.terminal_app import seat
from tui.model import TurnSummary
from tui.text.request_text import parts_of
from tui.widgets.requests import RequestDock, RequestPanel


async def test_always_stores_the_rule_that_was_shown(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:run touch always.txt")
        await person.is_asked("Claude wants to run a command")
        assert "don't ask again for `touch always.txt" in person.screen_text
        await person.pilot.press("a")
        await person.until(lambda: (api.workspace / "always.txt").exists())
        await person.rests()
        (api.workspace / "always.txt").unlink()
        await person.asks("demo:run touch always.txt")
        assert (api.workspace / "always.txt").exists()
        assert not person.conversation.requests


async def test_deny_with_a_key(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:run touch denied.txt")
        await person.is_asked("Claude wants to run a command")
        await person.pilot.press("n")
        await person.until(lambda: person.conversation.running is None and person.conversation.items)
        await person.sees("⊘ Bash")
        assert not (api.workspace / "denied.txt").exists()


async def test_allow_with_the_mouse(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:run touch clicked.txt")
        await person.is_asked("Claude wants to run a command")
        await person.pilot.click(".choices", offset=(4, 0))
        await person.until(lambda: (api.workspace / "clicked.txt").exists())


async def test_a_write_shows_its_diff_before_and_after(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:write greeting.txt Hello there")
        await person.is_asked("Claude wants to write a file")
        assert "+ Hello there" in person.screen_text
        await person.pilot.press("y")
        await person.until(lambda: person.conversation.running is None and person.calls())
        assert (api.workspace / "greeting.txt").read_text().strip() == "Hello there"
        await person.send("demo:edit greeting.txt Hello => Goodbye")
        await person.is_asked("Claude wants to change a file")
        await person.pilot.press("y")
        await person.rests()
        await person.sees("- Hello there")
        assert "+ Goodbye there" in person.screen_text


async def test_a_question_with_one_choice(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:ask")
        await person.is_asked("Which colour do you like best?")
        await person.pilot.press("2")
        await person.until(lambda: person.conversation.running is None and person.said())
        assert "Green" in person.said()[-1]


async def test_questions_with_several_choices_and_free_text(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:ask multi")
        await person.is_asked("Which colour do you like best?")
        await person.pilot.press("c")
        await person.type("purple")
        await person.pilot.press("enter")
        await person.is_asked("Which fruits should I buy?")
        await person.pilot.press("1", "3", "g")
        await person.until(lambda: person.conversation.running is None and person.said())
        assert "purple" in person.said()[-1]
        assert "Apples" in person.said()[-1]
        assert "Cherries" in person.said()[-1]


async def test_a_plan_is_markdown_and_can_be_approved(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:plan")
        await person.is_asked("Claude has a plan")
        assert "# Plan" not in person.screen_text
        assert "Keep planning" in person.screen_text
        await person.pilot.press("a")
        await person.until(lambda: person.conversation.running is None and person.said())
        await person.until(lambda: person.conversation.status.permission_mode == "acceptEdits")
        await person.sees("accepts edits")


async def test_another_client_answers_first(api: Api) -> None:
    async with seat(api, user="dora@example.com") as first:
        await first.send("demo:run touch shared.txt")
        await first.is_asked("Claude wants to run a command")
        session_id = first.chat.session.session_id
        async with seat(api, user="dora@example.com", session_id=session_id) as second:
            await second.is_asked("Claude wants to run a command")
            await second.pilot.press("y")
            await first.until(lambda: not first.conversation.requests)
            await first.rests()
        assert (api.workspace / "shared.txt").exists()


async def test_hostile_text_is_shown_as_what_it_is(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:write hostile.txt \u202egnirts\u202c \x1b]0;pwned\x07 \x1b[2J\u200b [bold]x[/bold]")
        await person.is_asked("Claude wants to write a file")
        text = person.screen_text
        assert "⟨U+202E⟩gnirts" in text
        assert "␛]0;pwned␇" in text
        assert "⟨U+200B⟩" in text
        assert "[bold]x[/bold]" in text
        assert "hidden or control characters" in text
        assert not any(ord(letter) < 32 and letter != "\n" for letter in text)
        assert "\u202e" not in text
        await person.pilot.press("n")
        await person.until(lambda: any(isinstance(item, TurnSummary) for item in person.conversation.items))


async def test_a_huge_command_is_shown_whole(api: Api) -> None:
    command = "echo " + "x" * 90_000 + "END > huge.txt"
    async with seat(api) as person:
        await person.send(f"demo:run {command}")
        await person.is_asked("Claude wants to run a command")
        panel = person.chat.query_one(RequestPanel)
        request = next(iter(person.conversation.requests.values()))
        shown = "".join(line.plain for part in parts_of(request) for line in part.lines(100)).replace("\n", "")
        assert command in shown
        assert panel.region.bottom <= 40
        assert "Allow once" in person.screen_text
        assert "PgDn for more" in person.screen_text
        for _ in range(60):
            await person.pilot.press("pagedown")
        await person.sees("END > huge.txt")
        await person.pilot.press("n")
        await person.rests()


async def test_a_key_in_mid_word_answers_nothing(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:hang")
        await person.send("demo:run touch unasked.txt")  # waits, so that the request opens after the next key
        await person.type("y")
        await api.client.post(f"/sessions/{person.conversation.session_id}/interrupt")
        await person.sees("Claude wants to run a command")
        await person.pilot.press("e", "s")
        assert person.chat.editor.text == "yes"
        assert person.conversation.requests
        await person.sees("tab answer the request")
        await person.pilot.press("tab")
        await person.until(lambda: (panel := person.chat.query_one(RequestDock).panel) and panel.choices.has_focus)
        await person.sees("esc stop")
        await person.pilot.press("escape")
        await person.rests()
        assert not (api.workspace / "unasked.txt").exists()
