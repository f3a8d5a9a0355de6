"""The open sessions as tabs with their states. Preview: `python -m tui.widgets.tab_bar`."""

from dataclasses import dataclass
from typing import Literal

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive

from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

TabState = Literal["idle", "working", "needs_you", "changed"]
_MARKS: dict[TabState, tuple[str, str]] = {
    "idle": ("", ""),
    "working": ("● ", "$primary"),
    "needs_you": ("◆ ", "$text-warning bold"),
    "changed": ("• ", "$text-success"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    title: str
    state: TabState
    is_active: bool


class TabBar(Lines):
    """One row. A click on a tab shows it, a click on `+` opens a new one."""

    tabs: reactive[tuple[Tab, ...]] = reactive((), init=False)

    class TabClicked(Message):
        """A click on a tab, or on `+`."""

        def __init__(self, number: int) -> None:
            self.number = number
            """-1 for `+`."""
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._ends: list[int] = []

    def watch_tabs(self) -> None:
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        if not self.tabs:
            return [Content("")]
        room = max((width - 4) // len(self.tabs) - 5, 6)
        if len(self.tabs) == 1:
            room = max(width - 8, 6)
        line = Content("")
        self._ends = []
        for tab in self.tabs:
            mark, style = _MARKS[tab.state]
            title = Content(one_line(tab.title)).truncate(room, ellipsis=True)
            style_of_title = "bold $foreground" if tab.is_active else "$muted"
            line += Content.assemble((" ", ""), (mark, style), title.stylize_before(style_of_title), ("  ", ""))
            self._ends.append(line.cell_length)
        return [(line + Content.styled("+", "$faint")).truncate(width)]

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None:
            number = next((at for at, end in enumerate(self._ends) if offset.x < end), -1)
            self.post_message(self.TabClicked(number))


def showcase() -> list[TabBar]:
    """Two tabs."""
    bar = TabBar()
    bar.tabs = (Tab("Fix the login", "working", True), Tab("Write docs", "needs_you", False))
    return [bar]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
