"""The button that leads back to the end of the conversation. Preview: `python -m tui.widgets.jump_to_end`."""

from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static


class JumpToEnd(Static):
    """`3 new messages ↓`, shown while the end is out of sight."""

    class Pressed(Message):
        """A click."""

    def __init__(self) -> None:
        super().__init__(id="jump-to-end", markup=False)
        self.display = False

    def show(self, is_behind: bool, count: int) -> None:
        """Shows how many messages were added since, or hides the button at the end."""
        self.display = is_behind
        text = f"{count} new message{'s' * (count != 1)}" if count else "to the end"
        label = Content(f" {text} ↓ ")
        self.update(label)
        width = self.parent.size.width if isinstance(self.parent, Widget) else 0
        self.styles.offset = (max((width - label.cell_length) // 2, 0), 0)

    def on_click(self) -> None:
        self.post_message(self.Pressed())


def showcase() -> list[JumpToEnd]:
    """Three new messages."""
    button = JumpToEnd()
    button.show(True, 3)
    return [button]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
