"""Collects the facts for the welcome screen."""

from pathlib import Path

from tui.client.responses import Health
from tui.model.status import Status
from tui.settings import Settings
from tui.widgets.welcome import WelcomeFacts

_MODES = {
    "default": "asks before it runs commands or changes files",
    "acceptEdits": "changes files without asking, asks before it runs commands",
    "plan": "reads and plans, changes nothing",
    "dontAsk": "denies what it would have to ask for",
    "bypassPermissions": "does everything without asking",
}


def welcome_facts(status: Status, settings: Settings, health: Health) -> WelcomeFacts:
    """The facts for a session with this status."""
    workspace = Path(status.cwd) if status.cwd else settings.workspace
    return WelcomeFacts(
        workspace=str(workspace),
        persistence=_persistence(settings.workspace),
        model=status.model or "",
        mode=_MODES.get(status.permission_mode, status.permission_mode),
        is_demo=health.demo,
        has_credentials=health.has_token,
    )


def _persistence(workspace: Path) -> str:
    in_container = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    if in_container and not workspace.is_mount():
        return "lost with the container; mount a volume here to keep them"
    return "kept when the server stops"
