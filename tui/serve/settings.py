"""What serve reads from its environment, and what it hands on to its apps."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.settings import unquoted

ROOT = Path(__file__).resolve().parents[2]

_SYSTEM = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "NO_COLOR")
_PYTHON = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
_OURS = ("RUN_DIR", "DATA_DIR", "WORKSPACE_DIR", "PUBLIC_URL", "DEMO", "LOG_LEVEL", "LOG_FORMAT", "MAX_UPLOAD_MB")
HANDED_ON = frozenset((*_SYSTEM, *_PYTHON, *_OURS, "TUI_STATE_DIR", "TUI_SCREEN_READER"))
"""The variables an app process may see; everything else stays with serve."""


class SettingsError(ValueError):
    """A setting is wrong; the message names the variable and the fix."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    socket: Path
    """The unix socket to listen on."""
    max_tabs: int = 20
    """App processes one user may have."""
    max_tabs_total: int = 100
    """App processes of all users together; each takes about 45 MB."""
    reattach_seconds: float = 60.0
    """How long an app waits for its browser to come back."""
    max_upload_mb: int = 100
    """The largest file the page offers to upload."""
    log_format: str = "console"
    """`console` or `json`."""
    log_level: str = "INFO"
    command: tuple[str, ...] = (sys.executable, "-m", "tui", "--spare")
    """Starts an app that waits for its claim."""
    directory: Path = ROOT
    """Where apps are started."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """An app's whole environment, but for what Textual's driver needs."""
    ping_seconds: float = 20.0
    """After this silence a browser is asked whether it is there; after twice as much it is given up."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; a value in one matching pair of quotes is unwrapped.

    Raises:
        SettingsError: a value does not fit.
    """

    def text(name: str, default: str) -> str:
        return unquoted(environment.get(name, "")) or default

    def number(name: str, default: int, least: int) -> int:
        raw = text(name, str(default))
        if not raw.isascii() or not raw.isdigit() or int(raw) < least:
            raise SettingsError(f"{name} must be a whole number of at least {least}, not {raw!r}: set {name}={default}")
        return int(raw)

    data = Path(text("DATA_DIR", str(ROOT / ".data")))
    return Settings(
        socket=Path(text("RUN_DIR", str(data / "run"))) / "tui.sock",
        max_tabs=number("MAX_TABS", 20, 1),
        max_tabs_total=number("MAX_TABS_TOTAL", 100, 1),
        reattach_seconds=number("REATTACH_SECONDS", 60, 0),
        max_upload_mb=number("MAX_UPLOAD_MB", 100, 1),
        log_format=text("LOG_FORMAT", "console"),
        log_level=text("LOG_LEVEL", "INFO").upper(),
        environment={name: value for name, value in environment.items() if name in HANDED_ON},
    )
