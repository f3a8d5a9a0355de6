"""Finds the command and runs it against the screen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.commands import mcp, places, session, settings, views
from tui.commands.table import ALIASES

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

Action = Callable[["ChatScreen", str], object]

_ACTIONS: dict[str, Action] = {
    "help": views.show_help,
    "context": views.show_context,
    "cost": views.show_cost,
    "mcp": mcp.show_mcp,
    "resume": session.resume,
    "new": session.new,
    "clear": session.clear,
    "close": session.close,
    "rewind": session.rewind,
    "rename": session.rename,
    "fork": session.fork,
    "copy": session.copy_last,
    "model": settings.choose_model,
    "effort": settings.choose_effort,
    "mode": settings.choose_mode,
    "theme": settings.choose_theme,
    "export": places.export,
    "upload": places.upload,
    "download": places.download,
    "logout": places.log_out,
    "exit": places.leave,
}


def run_command(screen: "ChatScreen", text: str) -> bool:
    """Runs what the text commands; False when it is a prompt for Claude."""
    if not text.startswith("/"):
        return False
    name, _, rest = text[1:].partition(" ")
    action = _ACTIONS.get(ALIASES.get(name, name))
    if action is None:
        return False
    action(screen, rest.strip())
    return True
