"""What all items share: a rail that shows the focus, copying, folding."""

from textual.binding import Binding
from textual.message import Message

from tui.model import Item
from tui.text.hints import Hint
from tui.widgets.lines import Lines


class ItemView(Lines, can_focus=True):
    """An item of the conversation."""

    BINDINGS = [
        Binding("y", "copy", "Copy"),
        Binding("enter,space", "unfold", "Unfold", show=False),
    ]
    HELP = "**Enter** unfolds · **y** copies as source · **↑ ↓** walk · **Tab** back to the prompt"

    class Copied(Message):
        """The person wants this text in the clipboard."""

        def __init__(self, text: str, what: str) -> None:
            self.text = text
            self.what = what
            super().__init__()

    def __init__(self, item: Item, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.item_key = item.key
        self.is_open = False

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What its keys do, for the line at the prompt."""
        return Hint("enter", "unfold"), Hint("y", "copy")

    @property
    def source(self) -> str:
        """What `y` copies."""
        raise NotImplementedError

    def show_change(self) -> None:
        """The item is different."""
        self.relayout()

    def grow(self, fragment: str) -> None:
        """The item's text got longer; only streamed items do."""
        self.relayout()

    def tick(self) -> None:
        """A quarter of a second went by; only items that run care."""

    @property
    def is_live(self) -> bool:
        """It wants ticks."""
        return False

    @property
    def is_compact(self) -> bool:
        """It is a single line that may stand close to others of its kind."""
        return False

    def action_copy(self) -> None:
        self.post_message(self.Copied(self.source, "copied"))

    def action_unfold(self) -> None:
        self.is_open = not self.is_open
        self.relayout()
