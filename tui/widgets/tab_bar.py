"""The open sessions as tabs, each with its state. Try it: `python -m tui.widgets.tab_bar`."""

from dataclasses import dataclass
from typing import Literal

from textual.content import Content
from textual.events import Click
from textual.message import Message

from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

TabState = Literal["idle", "working", "needs_you", "news"]
_MARKS: dict[TabState, tuple[str, str]] = {
    "idle": ("", ""),
    "working": ("● ", "$primary"),
    "needs_you": ("◆ ", "$text-warning bold"),
    "news": ("• ", "$text-success"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    title: str
    state: TabState
    is_active: bool


class TabBar(Lines):
    """One row; the active tab always fits."""

    class Chosen(Message):
        """The tab with this number; -1 opens another session."""

        def __init__(self, number: int) -> None:
            self.number = number
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._tabs: list[Tab] = []
        self._ends: list[int] = []

    def show(self, tabs: list[Tab]) -> None:
        """Shows these tabs."""
        if tabs != self._tabs:
            self._tabs = tabs
            self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        if not self._tabs:
            return [Content("")]
        room = max((width - 4) // len(self._tabs) - 5, 6)
        if len(self._tabs) == 1:
            room = max(width - 8, 6)
        line = Content("")
        self._ends = []
        for tab in self._tabs:
            mark, style = _MARKS[tab.state]
            title = Content(one_line(tab.title)).truncate(room, ellipsis=True)
            look = "bold $foreground" if tab.is_active else "$muted"
            line += Content.assemble((" ", ""), (mark, style), title.stylize_before(look), ("  ", ""))
            self._ends.append(line.cell_length)
        return [(line + Content.styled("+", "$faint")).truncate(width)]

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None:
            number = next((at for at, end in enumerate(self._ends) if offset.x < end), -1)
            self.post_message(self.Chosen(number))


def showcase() -> list[TabBar]:
    """What `python -m` shows."""
    bar = TabBar()
    bar.show([Tab("Fix the login", "working", True), Tab("Write docs", "needs_you", False)])
    return [bar]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
