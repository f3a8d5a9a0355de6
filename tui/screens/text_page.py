"""A page of text to read, over the conversation."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from tui.text.hints import BACK, hint_line
from tui.widgets.lines import Lines


class Page(Lines):
    """Lines made by a function of the width."""

    def __init__(self, make: Callable[[int], list[Content]]) -> None:
        super().__init__()
        self._make_lines = make

    def lay_out(self, width: int) -> list[Content]:
        return self._make_lines(width)


class TextScreen(ModalScreen[None]):
    """Scrolls; Esc, q or Enter goes back."""

    BINDINGS = [Binding("escape,q,enter", "dismiss(None)", "Back")]

    def __init__(self, title: str, make: Callable[[int], list[Content]]) -> None:
        super().__init__()
        self._title = title
        self._make_lines = make

    def redraw(self) -> None:
        """There is something else to read."""
        for page in self.query(Page):
            page.relayout()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall") as dialog:
            dialog.border_title = Content(self._title)
            dialog.border_subtitle = hint_line((BACK,))
            with VerticalScroll():
                yield Page(self._make_lines)
