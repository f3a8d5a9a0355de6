"""The first screen, the status line, help, sizes, colours, mouse and keys."""

import pytest

from tests.support.api import Api
from tests.support.terminal_app import open_app
from tui.widgets.items.assistant_text import AssistantTextView
from tui.widgets.status_line import StatusLine


async def test_the_first_screen_shows_the_workspace_and_example_prompts(api: Api) -> None:
    async with open_app(api, user="nina@example.com") as user:
        await user.see(str(api.workspace))
        await user.see("The demo model answers")
        text = user.screen_text
        assert "kept when the server stops" in text or "lost with the container" in text
        assert "asks before it runs commands or changes files" in text
        assert text.count("demo:") == 3
        await user.click("demo:run ls -la")
        await user.wait_until(lambda: user.chat.editor.text == "demo:run ls -la")
        await user.click("send")
        await user.wait_until(lambda: user.conversation.items)
        await user.pilot.press("escape")
        await user.wait_until_idle()


async def test_the_status_line_shows_mode_context_cost_user_and_workspace(api: Api) -> None:
    async with open_app(api, user="otto@example.com", size=(140, 40)) as user:
        await user.run_turn("demo:say hello")
        parts = ("asks first", "% context", "$0.", "otto@example.com", "demo", api.workspace.name)
        await user.wait_until(lambda: all(part in user.screen_text.splitlines()[-1] for part in parts))
        assert user.conversation.status.model
        await user.wait_until(lambda: str(user.conversation.status.model) in user.screen_text.splitlines()[-1])
        await user.send("/effort high")
        await user.wait_until(lambda: "high" in user.screen_text.splitlines()[-1])


async def test_a_click_on_the_status_line_runs_the_command_behind_it(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:say hello")
        for part, title in (("asks first", "Permission mode"), ("% context", "Context"), ("$0.", "Cost")):
            row = user.screen_text.splitlines()[-1]
            await user.pilot.click(StatusLine, offset=(row.index(part) + 1, 0))
            await user.wait_until(lambda title=title: title in user.screen_text)  # type: ignore[misc]
            await user.click("esc back")
            await user.wait_for_chat()


async def test_help_is_about_what_has_the_focus(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:markdown")
        await user.focus(user.chat.query_one(AssistantTextView))
        await user.see("copy code")  # the line at the prompt
        await user.pilot.press("f1")
        await user.see("c copy its code")
        await user.pilot.press("escape")
        await user.wait_for_chat()


async def test_code_is_copied_and_links_are_opened_by_keys(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:markdown")
        await user.focus(user.chat.query_one(AssistantTextView))
        await user.pilot.press("c")
        await user.wait_until(lambda: user.app.clipboard == "- before\n+ after")
        await user.pilot.press("c")
        await user.wait_until(lambda: user.app.clipboard.startswith("def fibonacci"))
        await user.pilot.press("o")
        await user.wait_until(lambda: user.app.clipboard.startswith("http"))  # there is no browser in a test
        assert user.app.clipboard in user.answers()[-1]


@pytest.mark.parametrize("size", [(40, 12), (400, 60)], ids=str)
async def test_it_works_at_the_smallest_and_the_largest_size(api: Api, size: tuple[int, int]) -> None:
    async with open_app(api, size=size) as user:
        await user.see("Ask Claude anything")
        await user.send("demo:run touch sized.txt")
        await user.wait_for_request("Claude wants to run")
        await user.see("Allow once")
        await user.see("Deny, and say why")
        assert "asks first" in user.screen_text.splitlines()[-1]
        await user.pilot.press("y")
        await user.wait_until(lambda: user.tool_calls() and user.tool_calls()[0].state == "done")
        await user.wait_until_idle()
        await user.pilot.press("question_mark")
        await user.see("Help")
        await user.pilot.press("escape")
        await user.pilot.press("ctrl+o")
        await user.see("touch sized.txt")
        await user.pilot.press("escape")
        await user.wait_for_chat()


async def test_no_color_removes_all_colours(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_app(api) as user:
        await user.run_turn("demo:markdown")
        strips = user.app.screen._compositor.render_strips(user.app.size)
        colours = [segment.style.color for strip in strips for segment in strip if segment.style]
        triplets = [colour.triplet for colour in colours if colour and colour.triplet]
        assert triplets
        assert all(triplet.red == triplet.green == triplet.blue for triplet in triplets)


async def test_a_terminal_has_no_login_to_end(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("/logout")
        await user.see("There is no login to end in a terminal.")
