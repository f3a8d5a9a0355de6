"""The base of all items of a conversation: focus, copying, folding."""

from textual.binding import Binding
from textual.message import Message

from tui.model import Item
from tui.text.hints import Hint
from tui.widgets.lines import Lines


class ItemView(Lines, can_focus=True):
    """One item of a conversation."""

    BINDINGS = [
        Binding("y", "copy", "Copy"),
        Binding("enter,space", "unfold", "Unfold", show=False),
    ]
    HELP = "**Enter** unfold · **y** copy · **↑ ↓** move · **Esc** back to the prompt"

    class CopyRequested(Message):
        """The user wants a text in the clipboard."""

        def __init__(self, text: str, confirmation: str) -> None:
            self.text = text
            self.confirmation = confirmation
            """The message to show when it is copied."""
            super().__init__()

    def __init__(self, item: Item, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.item_key = item.key
        self.is_open = False

    @property
    def hints(self) -> tuple[Hint, ...]:
        """The item's keys, shown in the frame of the prompt."""
        return Hint("enter", "unfold"), Hint("y", "copy")

    @property
    def source(self) -> str:
        """The text that `y` copies."""
        raise NotImplementedError

    def show_change(self) -> None:
        """Shows the item as it is now."""
        self.relayout()

    def append(self, fragment: str) -> None:
        """Shows more text of an item that is streamed."""
        self.relayout()

    def tick(self) -> None:
        """Updates clock and spinner, four times a second while `is_live`."""

    @property
    def is_live(self) -> bool:
        return False

    @property
    def is_compact(self) -> bool:
        """Whether it is a single line that may stand close to others of its kind."""
        return False

    def action_copy(self) -> None:
        self.post_message(self.CopyRequested(self.source, "Copied"))

    def action_unfold(self) -> None:
        self.is_open = not self.is_open
        self.relayout()
