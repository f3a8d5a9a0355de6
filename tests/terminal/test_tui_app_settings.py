"""Control: mode, model, effort, theme, export, files, help, context and cost."""

from pathlib import Path

import pytest

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.terminal_app import seat
from tui.widgets.lines import made
from tui.widgets.status_line import StatusLine


async def test_the_mode_is_cycled_and_shown(api: Api) -> None:
    async with seat(api) as person:
        await person.sees("asks first")
        await person.pilot.press("shift+tab")
        await person.sees("accepts edits")
        await person.send("demo:write straight.txt Hello")
        await person.until(lambda: person.conversation.running is None and person.calls())
        assert (api.workspace / "straight.txt").exists()
        await person.pilot.press("shift+tab")
        await person.sees("plans only")
        await person.pilot.press("shift+tab")
        await person.sees("asks first")


async def test_bypass_is_refused_where_the_server_forbids_it(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:say begin")
        await person.send("/mode bypassPermissions")
        await person.sees("Bypass is disabled on this server.")
        assert "BYPASS" not in person.screen_text.splitlines()[-1]


async def test_bypass_is_shown_in_red_where_it_is_allowed_and_never_remembered(demo: Demo) -> None:
    async with running_api(demo, ALLOW_BYPASS_PERMISSIONS="1") as api, seat(api) as person:
        await person.send("/mode bypassPermissions")
        await person.sees("BYPASS")
        line = person.chat.query_one(StatusLine).lines(118)[0]
        mode = next(span for span in made(line).spans if "BYPASS" in made(line).plain[span.start : span.end])
        assert "$text-error" in str(mode.style)
        await person.pilot.press("ctrl+n")
        await person.sees("Try")
        assert "BYPASS" not in person.screen_text


async def test_the_model_is_chosen_from_a_list(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:say begin")
        await person.send("/model")
        await person.until(lambda: type(person.app.screen).__name__ == "PickScreen")
        model = person.conversation.status.model
        await person.pilot.press("down", "enter")
        await person.until(lambda: person.app.screen is person.chat and person.conversation.status.model != model)
        await person.sees(str(person.conversation.status.model))
        await person.send("/effort high")
        await person.until(lambda: person.conversation.status.effort == "high")


async def test_the_theme_is_kept(api: Api, tmp_path: Path) -> None:
    async with seat(api, user="tim@example.com", state=tmp_path) as person:
        await person.send("/theme clay-light")
        await person.until(lambda: person.app.theme == "clay-light")
    async with seat(api, user="tim@example.com", state=tmp_path) as person:
        await person.until(lambda: person.app.theme == "clay-light")


async def test_export_writes_a_file(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with seat(api) as person:
        await person.asks("demo:say export me")
        await person.send("/export md")
        await person.sees("Written to")
        files = list(tmp_path.glob("*.md"))
        assert len(files) == 1
        assert "export me" in files[0].read_text()


async def test_a_file_of_the_workspace_is_downloaded_and_one_uploaded(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (api.workspace / "report.txt").write_text("numbers")
    (tmp_path / "notes.txt").write_text("note")
    async with seat(api) as person:
        await person.send("/download report.txt")
        await person.sees("Written to")
        assert (tmp_path / "report.txt").read_text() == "numbers"
        await person.send(f"/upload {tmp_path / 'notes.txt'}")
        await person.sees("⊕ notes.txt")
        assert (api.workspace / "notes.txt").read_text() == "note"
        await person.pilot.press("backspace")
        await person.until(lambda: "⊕ notes.txt" not in person.screen_text)
        await person.send(f"/upload {tmp_path / 'notes.txt'}")
        await person.sees("⊕ notes.txt")
        await person.asks("demo:say with a file")
        await person.until(lambda: "⊕ notes.txt  backspace" not in person.screen_text)


async def test_help_shows_the_keys_of_what_has_the_focus(api: Api) -> None:
    async with seat(api) as person:
        await person.type("?")
        await person.sees("Alt+Enter, Ctrl+J")
        await person.pilot.press("escape")
        await person.sees("Ask Claude anything")
        await person.pilot.press("ctrl+p")
        await person.until(lambda: type(person.app.screen).__name__ == "PickScreen")
        await person.pilot.press("up")
        await person.sees("▸ /exit")  # the last one, scrolled to
        await person.type("context")
        await person.sees("▸ /context")
        await person.pilot.press("enter")
        await person.sees("The context is empty until the first answer.")


async def test_context_and_cost_are_shown(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:say count me")
        await person.sees("% context")
        await person.send("/context")
        await person.sees("tokens,")
        await person.pilot.press("escape")
        await person.send("/cost")
        await person.sees("This session")
        await person.sees("Today")


async def test_the_doors_notice_is_a_bar(api: Api) -> None:
    async with seat(api, notice="Anyone can sign in here.") as person:
        await person.sees("Anyone can sign in here.")
