"""Brings back to the end of the conversation. Try it: `python -m tui.widgets.jump_to_end`."""

from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static


class JumpToEnd(Static):
    """`3 new messages ↓`, shown while a person reads further up."""

    class Pressed(Message):
        """Back to the end."""

    def __init__(self) -> None:
        super().__init__(id="jump-to-end", markup=False)
        self.display = False

    def show(self, is_behind: bool, count: int) -> None:
        """Shows how much came since."""
        self.display = is_behind
        news = f"{count} new message{'s' * (count != 1)}" if count else "to the end"
        label = Content(f" {news} ↓ ")
        self.update(label)
        self.styles.offset = (
            max(((self.parent.size.width if isinstance(self.parent, Widget) else 0) - label.cell_length) // 2, 0),
            0,
        )

    def on_click(self) -> None:
        self.post_message(self.Pressed())


def showcase() -> list[JumpToEnd]:
    """What `python -m` shows."""
    pill = JumpToEnd()
    pill.show(True, 3)
    return [pill]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
