"""Chooses the key hints in the frame of the prompt."""

from textual.widget import Widget
from textual.widgets import Input

from tui.text.hints import Hint
from tui.widgets.choices import Choices
from tui.widgets.items import ItemView

NARROW_SCREEN_COLUMNS = 60
"""Narrower screens have room for one hint only."""
_BACK = Hint("esc", "back", "screen.interrupt")
_HELP = Hint("f1", "help", "screen.help")
_STOP = Hint("esc", "stop", "screen.interrupt")


def key_hints(focused: Widget | None, *, has_request: bool, width: int) -> tuple[Hint, ...]:
    """The hints for the focused widget; on a narrow screen only the most important one, which is the last."""
    hints = _hints(focused, has_request)
    return hints[-1:] if width < NARROW_SCREEN_COLUMNS else hints


def _hints(focused: Widget | None, has_request: bool) -> tuple[Hint, ...]:
    match focused:
        case ItemView() as item:
            return (*item.hints, Hint("↑↓", "move"), _BACK)
        case Input():
            return Hint("enter", "answer"), _BACK
        case Choices():
            return Hint("↑↓ enter", "choose"), _STOP, _HELP
    send = Hint("enter", "send", "screen.send")
    if has_request:
        return send, _STOP, Hint("tab", "answer the request", "screen.answer")
    commands = Hint("/", "commands", "screen.palette")
    return send, commands, Hint("@", "files", "screen.mention"), Hint("?", "help", "screen.help")
