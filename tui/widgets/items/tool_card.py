"""A tool call: one line of what it is and how it goes, then as much of its output as matters."""

from textual.content import Content
from textual.events import Click

from tui.model import ToolCall
from tui.model.clock import duration, seconds_between
from tui.text.safe import one_line
from tui.text.tools import body_of, heading_of, note_of
from tui.widgets.items.base import ItemView
from tui.widgets.items.tool_body import body_lines
from tui.widgets.lines import Line

_RUNNING = "◐◓◑◒"
_SIGNS = {"done": ("✓", "$text-success"), "failed": ("✗", "$text-error"), "denied": ("⊘", "$text-warning")}


class ToolCard(ItemView):
    """Also shows the calls of its subagent, one line each, under its own."""

    def __init__(self, item: ToolCall, cwd: str = "", children: list[ToolCall] | None = None) -> None:
        super().__init__(item)
        self.item = item
        self.calls = children if children is not None else []
        """The calls of the subagent that this call started."""
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
        return not self.is_open and not self.calls and len(self.lines(max(self.content_size.width, 20))) <= 1

    def tick(self) -> None:
        self._beat += 1
        if self._lines and self._laid_out_width > 0:
            self._lines = [self._heading(self.item, self._laid_out_width), *self._lines[1:]]
            self.refresh()

    def lay_out(self, width: int) -> list[Line]:
        inner = max(width - 2, 1)
        body, self._hidden = body_lines(body_of(self.item), inner, is_open=self.is_open)
        return [self._heading(self.item, width), *map(_indented, [*self._children(inner), *body])]

    def _children(self, width: int) -> list[Content]:
        most = len(self.calls) if self.is_open else 3
        hidden = len(self.calls) - most
        lines = [Content.styled(f"… {hidden} more calls", "$muted")] if hidden > 0 else []
        lines += [self._heading(call, width) for call in self.calls[-most:]]
        if self.item.progress and self.item.state == "running":
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
        if event.y == 0 or self._hidden or self.is_open:
            self.action_unfold()


def _indented(line: Line) -> Line:
    if isinstance(line, Content):
        return Content("  ") + line
    return lambda: Content("  ") + line()
