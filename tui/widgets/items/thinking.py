"""Claude's thinking. Preview: `python -m tui.widgets.items.thinking`."""

from textual.content import Content

from tui.model import Thinking
from tui.model.clock import duration, seconds_between
from tui.text.sanitize import safe_content
from tui.widgets.items.base import ItemView


class ThinkingView(ItemView):
    """Shows how long Claude thought; unfolded, also the text."""

    def __init__(self, item: Thinking) -> None:
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
            text = safe_content(self.item.text.strip(), "$muted italic")
            lines += [Content("  ") + line for line in text.wrap(max(width - 2, 1))]
        return lines

    def _heading(self) -> str:
        if not self.item.is_done:
            return "Thinking…"
        seconds = seconds_between(self.item.began_at, self.item.ended_at)
        return f"Thought for {duration(seconds)}" if seconds and seconds >= 0.1 else "Thought"

    def on_click(self) -> None:
        self.action_unfold()


def showcase() -> list[ThinkingView]:
    """Folded thinking."""
    return [ThinkingView(Thinking(key="a", message_id="m", text="Hm.\nIndeed.", is_done=True))]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
