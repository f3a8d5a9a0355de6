"""Thinking, folded to its duration. Try it: `python -m tui.widgets.items.thought`."""

from textual.content import Content

from tui.model import Thought
from tui.model.clock import duration, seconds_between
from tui.text.safe import safe
from tui.widgets.items.base import ItemView


class ThoughtView(ItemView):
    """One line until it is unfolded."""

    def __init__(self, item: Thought) -> None:
        super().__init__(item)
        self.item = item

    @property
    def source(self) -> str:
        return self.item.text

    @property
    def is_live(self) -> bool:
        return not self.item.is_done

    def lay_out(self, width: int) -> list[Content]:
        lines = [Content.styled(f"✻ {self._heading()}", "$muted italic").truncate(width, ellipsis=True)]
        if self.is_open:
            text = safe(self.item.text.strip(), "$muted italic")
            lines += [Content("  ") + line for line in text.wrap(max(width - 2, 1))]
        return lines

    def _heading(self) -> str:
        if not self.item.is_done:
            return "Thinking…"
        seconds = seconds_between(self.item.began_at, self.item.ended_at)
        return f"Thought for {duration(seconds)}" if seconds and seconds >= 0.1 else "Thought"

    def on_click(self) -> None:
        self.action_unfold()


def demo() -> list[ThoughtView]:
    """What `python -m` shows."""
    return [ThoughtView(Thought(key="a", message_id="m", text="Hm.\nIndeed.", is_done=True))]


if __name__ == "__main__":
    from tui.widgets.demo import show

    show(demo)
