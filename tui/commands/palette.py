"""The command palette: the app's commands and Claude Code's own in one list."""

from tui.commands.catalog import COMMANDS, KEYS
from tui.commands.context import CommandContext
from tui.widgets.choices import Option


async def show_palette(context: CommandContext) -> None:
    """Asks for a command; runs it, or puts it into the prompt if it needs an argument."""
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
