"""A page of text over the conversation."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from tui.text.hints import BACK, hint_line
from tui.widgets.lines import FunctionLines


class TextScreen(ModalScreen[None]):
    """Scrolls; Esc, Q or Enter closes it."""

    BINDINGS = [Binding("escape,q,enter", "dismiss(None)", "Back")]

    def __init__(self, title: str, lay_out: Callable[[int], list[Content]]) -> None:
        super().__init__()
        self._title = title
        self._text = FunctionLines(lay_out)

    def redraw(self) -> None:
        """Lays the text out again."""
        self._text.relayout()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall") as dialog:
            dialog.border_title = Content(self._title)
            dialog.border_subtitle = hint_line((BACK,))
            with VerticalScroll():
                yield self._text
