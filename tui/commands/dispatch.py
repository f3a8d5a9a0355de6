"""Finds the command and runs it against the screen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.commands import files, mcp, pages, session, settings
from tui.commands.catalog import ALIASES

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

Action = Callable[["ChatScreen", str], object]

_ACTIONS: dict[str, Action] = {
    "help": pages.show_help,
    "context": pages.show_context,
    "cost": pages.show_cost,
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
    "export": files.export,
    "upload": files.upload,
    "download": files.download,
    "logout": files.log_out,
    "exit": files.leave,
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
