"""Requests: permissions, questions, plans, hostile text, keys typed by accident."""

from tests.support.api import Api
from tests.support.terminal_app import open_app
from tui.model import TurnSummary
from tui.text.request_text import parts_of
from tui.widgets.requests import RequestDock, RequestPanel


async def test_allow_always_stores_the_rule_that_was_shown(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:run touch always.txt")
        await user.wait_for_request("Claude wants to run a command")
        assert "don't ask again for `touch always.txt" in user.screen_text
        await user.pilot.press("a")
        await user.wait_until(lambda: (api.workspace / "always.txt").exists())
        await user.wait_until_idle()
        (api.workspace / "always.txt").unlink()
        await user.run_turn("demo:run touch always.txt")
        assert (api.workspace / "always.txt").exists()
        assert not user.conversation.requests


async def test_deny_with_a_key(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:run touch denied.txt")
        await user.wait_for_request("Claude wants to run a command")
        await user.pilot.press("n")
        await user.wait_until(lambda: user.conversation.running is None and user.conversation.items)
        await user.see("⊘ Bash")
        assert not (api.workspace / "denied.txt").exists()


async def test_allow_with_the_mouse(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:run touch clicked.txt")
        await user.wait_for_request("Claude wants to run a command")
        await user.pilot.click(".choices", offset=(4, 0))
        await user.wait_until(lambda: (api.workspace / "clicked.txt").exists())


async def test_a_write_shows_its_diff_before_and_after(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:write greeting.txt Hello there")
        await user.wait_for_request("Claude wants to write a file")
        assert "+ Hello there" in user.screen_text
        await user.pilot.press("y")
        await user.wait_until(lambda: user.conversation.running is None and user.tool_calls())
        assert (api.workspace / "greeting.txt").read_text().strip() == "Hello there"
        await user.send("demo:edit greeting.txt Hello => Goodbye")
        await user.wait_for_request("Claude wants to change a file")
        await user.pilot.press("y")
        await user.wait_until_idle()
        await user.see("- Hello there")
        assert "+ Goodbye there" in user.screen_text


async def test_a_question_with_one_choice(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:ask")
        await user.wait_for_request("Which colour do you like best?")
        await user.pilot.press("2")
        await user.wait_until(lambda: user.conversation.running is None and user.answers())
        assert "Green" in user.answers()[-1]


async def test_questions_with_several_choices_and_free_text(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:ask multi")
        await user.wait_for_request("Which colour do you like best?")
        await user.pilot.press("c")
        await user.type("purple")
        await user.pilot.press("enter")
        await user.wait_for_request("Which fruits should I buy?")
        await user.pilot.press("1", "3", "g")
        await user.wait_until(lambda: user.conversation.running is None and user.answers())
        assert "purple" in user.answers()[-1]
        assert "Apples" in user.answers()[-1]
        assert "Cherries" in user.answers()[-1]


async def test_a_plan_is_markdown_and_can_be_approved(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:plan")
        await user.wait_for_request("Claude has a plan")
        assert "# Plan" not in user.screen_text
        assert "Keep planning" in user.screen_text
        await user.pilot.press("a")
        await user.wait_until(lambda: user.conversation.running is None and user.answers())
        await user.wait_until(lambda: user.conversation.status.permission_mode == "acceptEdits")
        await user.see("accepts edits")


async def test_another_client_answers_first(api: Api) -> None:
    async with open_app(api, user="dora@example.com") as first:
        await first.send("demo:run touch shared.txt")
        await first.wait_for_request("Claude wants to run a command")
        session_id = first.chat.session.session_id
        async with open_app(api, user="dora@example.com", session_id=session_id) as second:
            await second.wait_for_request("Claude wants to run a command")
            await second.pilot.press("y")
            await first.wait_until(lambda: not first.conversation.requests)
            await first.wait_until_idle()
        assert (api.workspace / "shared.txt").exists()


async def test_hidden_characters_in_a_request_are_named(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:write hostile.txt \u202egnirts\u202c \x1b]0;pwned\x07 \x1b[2J\u200b [bold]x[/bold]")
        await user.wait_for_request("Claude wants to write a file")
        text = user.screen_text
        assert "⟨U+202E⟩gnirts" in text
        assert "␛]0;pwned␇" in text
        assert "⟨U+200B⟩" in text
        assert "[bold]x[/bold]" in text
        assert "hidden or control characters" in text
        assert not any(ord(letter) < 32 and letter != "\n" for letter in text)
        assert "\u202e" not in text
        await user.pilot.press("n")
        await user.wait_until(lambda: any(isinstance(item, TurnSummary) for item in user.conversation.items))


async def test_a_huge_command_is_shown_completely(api: Api) -> None:
    command = "echo " + "x" * 90_000 + "END > huge.txt"
    async with open_app(api) as user:
        await user.send(f"demo:run {command}")
        await user.wait_for_request("Claude wants to run a command")
        panel = user.chat.query_one(RequestPanel)
        request = next(iter(user.conversation.requests.values()))
        shown = "".join(line.plain for part in parts_of(request) for line in part.lines(100)).replace("\n", "")
        assert command in shown
        assert panel.region.bottom <= 40
        assert "Allow once" in user.screen_text
        assert "PgDn for more" in user.screen_text
        for _ in range(60):
            await user.pilot.press("pagedown")
        await user.see("END > huge.txt")
        await user.pilot.press("n")
        await user.wait_until_idle()


async def test_a_key_in_the_middle_of_a_word_answers_nothing(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:hang")
        await user.send("demo:run touch unasked.txt")  # waits, so that the request opens after the next key
        await user.type("y")
        await api.client.post(f"/sessions/{user.conversation.session_id}/interrupt")
        await user.see("Claude wants to run a command")
        await user.pilot.press("e", "s")
        assert user.chat.editor.text == "yes"
        assert user.conversation.requests
        await user.see("tab answer the request")
        await user.pilot.press("tab")
        await user.wait_until(lambda: (panel := user.chat.query_one(RequestDock).panel) and panel.choices.has_focus)
        await user.see("esc stop")
        await user.pilot.press("escape")
        await user.wait_until_idle()
        assert not (api.workspace / "unasked.txt").exists()
