"""The settings of the terminal app, read from its environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime import shared_variables as shared
from runtime.settings import folder, read_environment, setting, switch

_DESKTOP = frozenset({"DISPLAY", "WAYLAND_DISPLAY"})
"""Variables of a desktop environment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The settings of the terminal app."""

    socket: Path = setting(shared.socket("api.sock"))
    """The unix socket of the API."""
    state_dir: Path = setting(folder("agent/tui", below=shared.DATA_DIR, name="TUI_STATE_DIR"))
    """The folder of drafts, prompt history and the theme, with a folder for each user."""
    workspace: Path = setting(shared.WORKSPACE_DIR)
    """The folder in which Claude works, shown on the welcome screen."""
    demo: bool = setting(shared.DEMO)
    """Whether the demo model answers."""
    screen_reader: bool = setting(switch(name="TUI_SCREEN_READER"))
    """Whether the app prints plain linear text without animations."""
    has_browser: bool = False
    """Whether this machine can open a link; over ssh and in a container it cannot."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: with one sentence for each value that cannot be used.
    """
    has_browser = sys.platform == "darwin" or not _DESKTOP.isdisjoint(environment)
    return read_environment(Settings, environment, has_browser=has_browser)
