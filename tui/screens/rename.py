"""A dialog for the title of a session."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.text.hints import BACK, hint_line


class RenameScreen(ModalScreen[str | None]):
    """Returns the new title, or None if the user goes back."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._old_title = title

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content("Rename")
            dialog.border_subtitle = hint_line((BACK,))
            yield Input(self._old_title, compact=True, max_length=200)

    @on(Input.Submitted)
    def _rename(self, message: Input.Submitted) -> None:
        self.dismiss(message.value.strip() or None)
