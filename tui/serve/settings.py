"""The settings of serve, and the environment variables that it passes on to its apps."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime import shared_variables as shared
from runtime.settings import read_environment, setting, whole_number
from runtime.shared_variables import ROOT, LogFormat, LogLevel

_SYSTEM = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "NO_COLOR")
_PYTHON = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
_OURS = ("RUN_DIR", "DATA_DIR", "WORKSPACE_DIR", "PUBLIC_URL", "DEMO", "LOG_LEVEL", "LOG_FORMAT", "MAX_UPLOAD_MB")
APP_VARIABLES = frozenset((*_SYSTEM, *_PYTHON, *_OURS, "TUI_STATE_DIR", "TUI_SCREEN_READER"))
"""The variables that are passed to an app; all others are not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The settings of serve."""

    socket: Path = setting(shared.socket("tui.sock"))
    """The unix socket to listen on."""
    max_tabs: int = setting(shared.MAX_TABS)
    """App processes that a user may have."""
    max_tabs_total: int = setting(whole_number(100, least=1))
    """App processes of all users together; each takes about 45 MB."""
    reattach_seconds: float = setting(whole_number(60, least=0))
    """How long an app waits for its browser to come back."""
    max_upload_mb: int = setting(shared.MAX_UPLOAD_MB)
    """The largest file that the page offers to upload, in MiB."""
    log_format: LogFormat = setting(shared.LOG_FORMAT)
    """Log lines for a person or for a program."""
    log_level: LogLevel = setting(shared.LOG_LEVEL)
    """The least important log line that is written."""
    command: tuple[str, ...] = (sys.executable, "-m", "tui", "--spare")
    """Starts an app that waits for its claim."""
    directory: Path = ROOT
    """Where apps are started."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The environment of an app, without what Textual's driver needs."""
    ping_seconds: float = 20.0
    """The silence after which a browser is pinged; after twice as much its connection counts as lost."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: with one sentence for each value that cannot be used.
    """
    passed_on = {name: value for name, value in environment.items() if name in APP_VARIABLES}
    return read_environment(Settings, environment, environment=passed_on)
