"""A tool call: one line of what it is and how it goes, then as much of its output as matters."""

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.events import Click
from textual.timer import Timer

from tui.model import Item, ToolCall
from tui.model.clock import duration, seconds_between
from tui.text.safe import one_line
from tui.text.tools import body_of, heading_of, note_of
from tui.widgets.items.base import ItemView
from tui.widgets.items.inner import Inner, indented
from tui.widgets.items.tool_body import body_lines
from tui.widgets.lines import Line

_RUNNING = "◐◓◑◒"
_SIGNS = {"done": ("✓", "$text-success"), "failed": ("✗", "$text-error"), "denied": ("⊘", "$text-warning")}
INNER_PACE = 0.1
"""Seconds between two looks at what a subagent streams."""


class ToolCard(ItemView):
    """Also shows what its subagent says and does, under its own line."""

    def __init__(self, item: ToolCall, cwd: str = "", inner: Mapping[str, Sequence[Item]] | None = None) -> None:
        super().__init__(item)
        self.item = item
        self.inner = Inner({} if inner is None else inner, self._heading)
        self._timer: Timer | None = None
        self._cwd = cwd
        self._beat = 0
        self._hidden = 0

    @property
    def source(self) -> str:
        return self.item.output or heading_of(self.item, self._cwd).subject

    @property
    def is_live(self) -> bool:
        return self.item.state == "running"

    @property
    def is_compact(self) -> bool:
        if self.is_open or self.inner.steps(self.item):
            return False
        return len(self.lines(max(self.content_size.width, 20))) <= 1

    def tick(self) -> None:
        self._beat += 1
        if self._lines and self._laid_out_width > 0:
            self._lines = [self._heading(self.item, self._laid_out_width), *self._lines[1:]]
            self.refresh()

    def show_inner(self) -> None:
        """The subagent said or did something; a flood of it costs one look in a while."""
        if self._timer is None:
            self._timer = self.set_timer(INNER_PACE, self._look_inside)

    def _look_inside(self) -> None:
        self._timer = None
        self.relayout()

    def lay_out(self, width: int) -> list[Line]:
        room = max(width - 2, 1)
        body, self._hidden = body_lines(body_of(self.item), room, is_open=self.is_open)
        return [self._heading(self.item, width), *map(indented, [*self._inside(room), *body])]

    def _inside(self, width: int) -> list[Line]:
        lines = self.inner.all(self.item, width) if self.is_open else self.inner.last(self.item, width)
        says_more = self.item.progress not in ("", self.item.input.get("description"))
        if says_more and self.item.state == "running":
            lines.append(Content.styled(one_line(self.item.progress), "$muted italic").truncate(width, ellipsis=True))
        return lines

    def _heading(self, call: ToolCall, width: int) -> Content:
        sign, style = self._sign(call)
        heading = heading_of(call, self._cwd)
        right = self._right(call) if width >= 50 or call.state != "running" else ""
        left = Content.assemble((f"{sign} ", style), (heading.label, "bold"), "  ", (heading.subject, "$muted"))
        room = max(width - len(right) - 2, 4)
        if left.cell_length > room:
            left = left.truncate(room, ellipsis=True)
        gap = Content(" " * max(width - left.cell_length - len(right), 1))
        return (left + gap + Content.styled(right, "$faint")).truncate(width)

    def _sign(self, call: ToolCall) -> tuple[str, str]:
        if call.state == "running":
            return ("?", "$text-warning bold") if call.is_waiting else (_RUNNING[self._beat % 4], "$primary")
        return _SIGNS[call.state]

    def _right(self, call: ToolCall) -> str:
        if call.is_waiting:
            return "waits for you"
        seconds = seconds_between(call.began_at, call.ended_at)
        is_notable = seconds is not None and (seconds >= 1 or (call.state == "running" and self._beat > 0))
        return " · ".join(part for part in (note_of(call), duration(seconds or 0) if is_notable else "") if part)

    def on_click(self, event: Click) -> None:
        if event.y == 0 or self._hidden or self.is_open or self.inner.steps(self.item):
            self.action_unfold()
