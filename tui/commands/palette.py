"""The command palette: every command in one list, ours and Claude Code's own."""

from typing import TYPE_CHECKING

from tui.commands.catalog import COMMANDS, KEYS
from tui.screens.pick import PickScreen
from tui.widgets.choices import Option

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen


def show_palette(screen: "ChatScreen") -> None:
    """Lists the commands; the one that is picked runs, or waits in the prompt for its words."""
    ours = [_option(command.name, command.detail, KEYS.get(command.name, "")) for command in COMMANDS]
    names = {command.name for command in COMMANDS}
    theirs = [
        _option(command.name, command.description)
        for command in screen.completing.known_commands
        if command.name not in names
    ]
    screen.app.push_screen(PickScreen("Commands", [*ours, *theirs]), lambda picked: _run(screen, picked))


def _option(name: str, detail: str, key: str = "") -> Option:
    words = " ".join(detail.split())
    return Option(id=name, label=f"/{name}", detail=f"{words[:90]}{f' · {key}' if key else ''}")


def _run(screen: "ChatScreen", name: str | None) -> None:
    if name is None:
        return
    command = next((command for command in COMMANDS if command.name == name), None)
    if command is not None and (not command.usage or command.usage.startswith("[")):
        screen.command(f"/{name}")
    else:
        screen.editor.put(f"/{name} ")
        screen.editor.focus()
