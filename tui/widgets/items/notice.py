"""A notice of the server or the app. Preview: `python -m tui.widgets.items.notice`."""

from textual.content import Content

from tui.model import NoticeItem
from tui.text.hints import Hint
from tui.text.markdown.blocks import indent
from tui.text.sanitize import safe_content
from tui.widgets.items.base import ItemView

_MARKS = {"info": ("·", "$muted"), "warning": ("!", "$text-warning"), "error": ("✗", "$text-error")}


class NoticeView(ItemView):
    """The text with a sign for its level."""

    def __init__(self, item: NoticeItem) -> None:
        super().__init__(item)
        self.item = item

    @property
    def hints(self) -> tuple[Hint, ...]:
        return (Hint("y", "copy"),)

    @property
    def source(self) -> str:
        return self.item.text

    @property
    def is_compact(self) -> bool:
        return len(self.lines(max(self.content_size.width, 20))) == 1

    def lay_out(self, width: int) -> list[Content]:
        sign, style = _MARKS[self.item.level]
        return indent(
            safe_content(self.item.text, style).wrap(width - 2), Content.styled(f"{sign} ", style), Content("  ")
        )


def showcase() -> list[NoticeView]:
    """A warning."""
    return [NoticeView(NoticeItem(key="a", text="The conversation was compacted.", level="warning"))]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
