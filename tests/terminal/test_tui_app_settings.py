"""Commands: mode, model, effort, theme, export, files, help, context, cost."""

from pathlib import Path

import pytest

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.terminal_app import open_app
from tui.widgets.lines import made
from tui.widgets.status_line import StatusLine


async def test_the_mode_is_cycled_and_shown(api: Api) -> None:
    async with open_app(api) as user:
        await user.see("asks first")
        await user.pilot.press("shift+tab")
        await user.see("accepts edits")
        await user.send("demo:write straight.txt Hello")
        await user.wait_until(lambda: user.conversation.running is None and user.tool_calls())
        assert (api.workspace / "straight.txt").exists()
        await user.pilot.press("shift+tab")
        await user.see("plans only")
        await user.pilot.press("shift+tab")
        await user.see("asks first")


async def test_bypass_is_refused_where_the_server_disables_it(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:say begin")
        await user.send("/mode bypassPermissions")
        await user.see("Bypass is disabled on this server.")
        assert "BYPASS" not in user.screen_text.splitlines()[-1]


async def test_bypass_is_shown_in_red_and_does_not_apply_to_other_sessions(demo: Demo) -> None:
    async with running_api(demo, ALLOW_BYPASS_PERMISSIONS="1") as api, open_app(api) as user:
        await user.send("/mode bypassPermissions")
        await user.see("BYPASS")
        line = user.chat.query_one(StatusLine).lines(118)[0]
        mode = next(span for span in made(line).spans if "BYPASS" in made(line).plain[span.start : span.end])
        assert "$text-error" in str(mode.style)
        await user.pilot.press("ctrl+n")
        await user.see("Try")
        assert "BYPASS" not in user.screen_text


async def test_the_model_is_chosen_from_a_list(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:say begin")
        await user.send("/model")
        await user.wait_until(lambda: type(user.app.screen).__name__ == "PickScreen")
        model = user.conversation.status.model
        await user.pilot.press("down", "enter")
        await user.wait_until(lambda: user.app.screen is user.chat and user.conversation.status.model != model)
        await user.see(str(user.conversation.status.model))
        await user.send("/effort high")
        await user.wait_until(lambda: user.conversation.status.effort == "high")


async def test_the_theme_is_kept(api: Api, tmp_path: Path) -> None:
    async with open_app(api, user="tim@example.com", state=tmp_path) as user:
        await user.send("/theme clay-light")
        await user.wait_until(lambda: user.app.theme == "clay-light")
    async with open_app(api, user="tim@example.com", state=tmp_path) as user:
        await user.wait_until(lambda: user.app.theme == "clay-light")


async def test_export_writes_a_file(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_app(api) as user:
        await user.run_turn("demo:say export me")
        await user.send("/export md")
        await user.see("Written to")
        files = list(tmp_path.glob("*.md"))
        assert len(files) == 1
        assert "export me" in files[0].read_text()


async def test_files_are_downloaded_and_uploaded(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (api.workspace / "report.txt").write_text("numbers")
    (tmp_path / "notes.txt").write_text("note")
    async with open_app(api) as user:
        await user.send("/download report.txt")
        await user.see("Written to")
        assert (tmp_path / "report.txt").read_text() == "numbers"
        await user.send(f"/upload {tmp_path / 'notes.txt'}")
        await user.see("⊕ notes.txt")
        assert (api.workspace / "notes.txt").read_text() == "note"
        await user.pilot.press("backspace")
        await user.wait_until(lambda: "⊕ notes.txt" not in user.screen_text)
        await user.send(f"/upload {tmp_path / 'notes.txt'}")
        await user.see("⊕ notes.txt")
        await user.run_turn("demo:say with a file")
        await user.wait_until(lambda: "⊕ notes.txt  backspace" not in user.screen_text)


async def test_help_and_the_palette_show_keys_and_commands(api: Api) -> None:
    async with open_app(api) as user:
        await user.type("?")
        await user.see("Alt+Enter, Ctrl+J")
        await user.pilot.press("escape")
        await user.see("Ask Claude anything")
        await user.pilot.press("ctrl+p")
        await user.wait_until(lambda: type(user.app.screen).__name__ == "PickScreen")
        await user.pilot.press("up")
        await user.see("▸ /exit")  # the last one, scrolled to
        await user.type("context")
        await user.see("▸ /context")
        await user.pilot.press("enter")
        await user.see("The context is empty until the first answer.")


async def test_context_and_cost_are_shown(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:say count me")
        await user.see("% context")
        await user.send("/context")
        await user.see("tokens,")
        await user.pilot.press("escape")
        await user.send("/cost")
        await user.see("This session")
        await user.see("Today")


async def test_the_notice_of_the_gateway_is_shown_as_a_bar(api: Api) -> None:
    async with open_app(api, notice="Anyone can sign in here.") as user:
        await user.see("Anyone can sign in here.")
