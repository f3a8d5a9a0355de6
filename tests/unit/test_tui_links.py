"""Links are opened in a browser, copied, or refused."""

from pathlib import Path
from typing import Any

import pytest

from tui.app import ClaudeApp, create_app
from tui.settings import Settings, read_settings


def app(*, has_browser: bool) -> ClaudeApp:
    nowhere = Path("/nowhere")
    return create_app(Settings(socket=nowhere, state_dir=nowhere, workspace=nowhere, has_browser=has_browser))


@pytest.mark.parametrize(
    ("has_browser", "address", "opened", "copied"),
    [
        (True, "https://example.com/", ["https://example.com/"], ""),
        (False, "https://example.com/", [], "https://example.com/"),
        (True, "javascript:alert(1)", [], ""),
        (False, "file:///etc/passwd", [], ""),
    ],
)
async def test_a_link_is_opened_in_a_browser_or_else_copied(
    monkeypatch: pytest.MonkeyPatch, has_browser: bool, address: str, opened: list[str], copied: str
) -> None:
    found: list[str] = []

    def note(_: Any, url: str, *, new_tab: bool = True) -> None:
        found.append(url)

    monkeypatch.setattr(ClaudeApp, "open_url", note)
    shown = app(has_browser=has_browser)
    async with shown.run_test():
        shown.action_open_link(address)
        assert found == opened
        assert shown.clipboard == copied


def test_a_desktop_has_a_browser() -> None:
    assert read_settings({"DISPLAY": ":0"}).has_browser
    assert read_settings({"WAYLAND_DISPLAY": "wayland-0"}).has_browser
