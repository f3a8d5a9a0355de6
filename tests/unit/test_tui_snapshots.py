"""Snapshots of the main screens and of every widget with fixed data; a change of their look changes these files.

`pytest tests/unit/test_tui_snapshots.py --snapshot-update` makes new ones; look at them before you commit them.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType

import pytest
from textual.pilot import Pilot

import tui.widgets
from api.schema import Event
from tests.support.events import open_request, stamped, whole_turn
from tui.app import ClaudeApp, create_app
from tui.client import Connected
from tui.client.responses import Health
from tui.identity import Identity
from tui.screens.chat import ChatScreen
from tui.settings import Settings
from tui.widgets import activity, status_line
from tui.widgets.showcase import Showcase

SIZES = [(120, 40), (80, 24), (40, 20)]
THEMES = ["clay-dark", "clay-light"]
Setup = Callable[[Pilot[None]], Awaitable[None]]
Compare = Callable[..., bool]


def _widget_modules() -> list[str]:
    found = pkgutil.walk_packages(tui.widgets.__path__, "tui.widgets.")
    return [name for _, name, _ in found if hasattr(importlib.import_module(name), "showcase")]


@pytest.fixture(autouse=True)
def _stop_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stops clocks and spinners."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr(activity, "seconds_between", lambda *_: 12.0)
    monkeypatch.setattr("tui.widgets.items.tool_card.seconds_between", lambda *_: 2.0)
    monkeypatch.setattr("tui.widgets.session_list.ago", lambda _: "3 h ago")
    monkeypatch.setattr("tui.widgets.activity.TICK_SECONDS", 3600.0)
    monkeypatch.setattr("tui.widgets.conversation_view.TICK_SECONDS", 3600.0)
    monkeypatch.setattr("tui.screens.chat.welcome_facts._persistence", lambda _: "kept when the server stops")


def _app(tmp_path: Path, theme: str) -> ClaudeApp:
    nowhere = Settings(socket=Path("/nowhere/api.sock"), state_dir=tmp_path, workspace=Path("/workspace"), demo=False)
    app = create_app(nowhere, Identity(user="ada@example.com"))
    app.theme = theme
    return app


def _apply(events: list[Event]) -> Setup:
    async def apply(pilot: Pilot[None]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, ChatScreen)
        screen.workers.cancel_group(screen, "open")
        await screen.pane.view.open()
        screen.presenter.health = Health()
        screen.editor.cursor_blink = False
        session = screen.session
        session.is_new = not events
        session._handle_event(Connected())
        for event in stamped(events):
            session._handle_event(event)
        await pilot.pause(0.2)
        screen.presenter.show_all(screen.user)
        before = None
        while (now := pilot.app.export_screenshot()) != before:  # the scroll bar changes after the text
            before = now
            await pilot.pause(0.2)

    return apply


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ["first", "conversation", "request"])
def test_screen(name: str, size: tuple[int, int], theme: str, snap_compare: Compare, tmp_path: Path) -> None:
    events = {"first": [], "conversation": whole_turn(), "request": [*whole_turn(), *open_request()]}[name]
    assert snap_compare(_app(tmp_path, theme), terminal_size=size, run_before=_apply(events))


@pytest.mark.parametrize("name", _widget_modules())
def test_widget(name: str, snap_compare: Compare) -> None:
    module: ModuleType = importlib.import_module(name)

    async def stop_cursor(pilot: Pilot[None]) -> None:
        for editor in pilot.app.query("PromptEditor"):
            editor.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause(0.1)

    assert snap_compare(
        Showcase(module.showcase), terminal_size=(100, getattr(module, "SHOWCASE_ROWS", 24)), run_before=stop_cursor
    )


def test_every_widget_has_a_showcase() -> None:
    assert len(_widget_modules()) >= 20
    assert status_line.__name__ in _widget_modules()
