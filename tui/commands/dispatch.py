"""Runs a command by its name, or by choice from the command palette; `catalog.py` lists the commands."""

from collections.abc import Callable

from tui.commands import files, pages, session, settings
from tui.commands.catalog import ALIASES, COMMANDS, KEYS
from tui.commands.context import CommandContext
from tui.widgets.choices import Option

Action = Callable[[CommandContext, str], object]
"""Receives the context and the text after the command's name."""

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


async def show_palette(context: CommandContext) -> None:
    """Lists the app's and Claude Code's commands; runs the picked one, or puts it into the prompt to be completed."""
    own = [_option(command.name, command.summary, KEYS.get(command.name, "")) for command in COMMANDS]
    names = {command.name for command in COMMANDS}
    others = [
        _option(command.name, command.description) for command in context.claude_commands if command.name not in names
    ]
    name = await context.pick("Commands", [*own, *others])
    if name is None:
        return
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is not None and not command.needs_argument:
        context.run(f"/{name}")
    else:
        context.fill_prompt(f"/{name} ")


def _option(name: str, summary: str, key: str = "") -> Option:
    words = " ".join(summary.split())
    return Option(id=name, label=f"/{name}", detail=f"{words[:90]}{f' · {key}' if key else ''}")
