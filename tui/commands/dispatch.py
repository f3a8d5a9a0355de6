"""Finds a command by its name and runs it."""

from collections.abc import Callable

from tui.commands import files, pages, session, settings
from tui.commands.catalog import ALIASES
from tui.commands.context import CommandContext

Action = Callable[[CommandContext, str], object]
"""Gets the context and what stands after the command's name."""

_ACTIONS: dict[str, Action] = {
    "help": pages.show_help,
    "context": pages.show_context,
    "cost": pages.show_cost,
    "mcp": pages.show_mcp,
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
    "logout": session.log_out,
    "exit": session.leave,
}


def run_command(context: CommandContext, text: str) -> bool:
    """Runs the command in the text; returns False if it is a prompt for Claude."""
    if not text.startswith("/"):
        return False
    name, _, argument = text[1:].partition(" ")
    action = _ACTIONS.get(ALIASES.get(name, name))
    if action is None:
        return False
    action(context, argument.strip())
    return True
