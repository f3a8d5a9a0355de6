"""What the terminal app reads from its environment; light, because every tab starts one."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runtime.settings import unquoted

ROOT = Path(__file__).resolve().parents[1]
_DESKTOP = frozenset({"DISPLAY", "WAYLAND_DISPLAY"})
"""Set where there are windows; no settings of ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    socket: Path
    """The api's unix socket."""
    state_dir: Path
    """Where drafts, history and the theme are kept, one folder a user."""
    workspace: Path
    """Where Claude works, for the first screen."""
    demo: bool = False
    """The demo model answers."""
    screen_reader: bool = False
    """Plain linear text, nothing moves."""
    has_browser: bool = False
    """This machine can open a link; over ssh and in a container it cannot."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; a value in one matching pair of quotes is unwrapped."""

    def value(name: str, default: str = "") -> str:
        return unquoted(environment.get(name, "")) or default

    data = Path(value("DATA_DIR", str(ROOT / ".data")))
    run = Path(value("RUN_DIR", str(data / "run")))
    return Settings(
        socket=run / "api.sock",
        state_dir=Path(value("TUI_STATE_DIR", str(data / "agent" / "tui"))),
        workspace=Path(value("WORKSPACE_DIR", str(ROOT / "workspace"))),
        demo=value("DEMO", "0") == "1",
        screen_reader=value("TUI_SCREEN_READER", "0") == "1",
        has_browser=sys.platform == "darwin" or not _DESKTOP.isdisjoint(environment),
    )
