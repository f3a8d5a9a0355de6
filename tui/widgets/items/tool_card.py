"""A tool call: a heading, then as much of its output as matters. Preview: `python -m tui.widgets.items.tool_card`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from textual.content import Content
from textual.events import Click
from textual.timer import Timer

from tui.model import AssistantText, Item, ToolCall
from tui.model.clock import duration, seconds_between
from tui.model.items import ToolState
from tui.text.sanitize import one_line
from tui.text.tools import body_of, heading_of, note_of
from tui.widgets.items.base import ItemView
from tui.widgets.items.subagent_steps import SubagentSteps, indented
from tui.widgets.items.tool_body import body_lines
from tui.widgets.lines import Line

_SPINNER = "◐◓◑◒"
_SIGNS = {"done": ("✓", "$text-success"), "failed": ("✗", "$text-error"), "denied": ("⊘", "$text-warning")}
STEPS_SECONDS = 0.1
"""Minimum seconds between two updates of a subagent's steps."""


class ToolCard(ItemView):
    """Shows a call's heading, the steps of its subagent, and its output."""

    def __init__(self, item: ToolCall, cwd: str = "", inner: Mapping[str, Sequence[Item]] | None = None) -> None:
        super().__init__(item)
        self.item = item
        self._steps = SubagentSteps({} if inner is None else inner, self._heading)
        self._timer: Timer | None = None
        self._cwd = cwd
        self._frame = 0
        self._hidden = 0

    @property
    def source(self) -> str:
        return self.item.output or heading_of(self.item, self._cwd).subject

    @property
    def is_live(self) -> bool:
        return self.item.state == "running"

    @property
    def is_compact(self) -> bool:
        if self.is_open or self._steps.steps(self.item):
            return False
        return len(self.lines(max(self.content_size.width, 20))) <= 1

    def tick(self) -> None:
        self._frame += 1
        if self._lines and self._laid_out_width > 0:
            self._lines = [self._heading(self.item, self._laid_out_width), *self._lines[1:]]
            self.refresh()

    def show_steps(self) -> None:
        """Schedules an update that shows the new steps of its subagent."""
        if self._timer is None:
            self._timer = self.set_timer(STEPS_SECONDS, self._update_steps)

    def _update_steps(self) -> None:
        self._timer = None
        self.relayout()

    def lay_out(self, width: int) -> list[Line]:
        room = max(width - 2, 1)
        body, self._hidden = body_lines(body_of(self.item), room, is_open=self.is_open)
        return [self._heading(self.item, width), *map(indented, [*self._lay_out_steps(room), *body])]

    def _lay_out_steps(self, width: int) -> list[Line]:
        lines = self._steps.all(self.item, width) if self.is_open else self._steps.last(self.item, width)
        has_progress = self.item.progress not in ("", self.item.input.get("description"))
        if has_progress and self.item.state == "running":
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
            return ("?", "$text-warning bold") if call.is_waiting else (_SPINNER[self._frame % 4], "$primary")
        return _SIGNS[call.state]

    def _right(self, call: ToolCall) -> str:
        if call.is_waiting:
            return "waiting for you"
        seconds = seconds_between(call.began_at, call.ended_at)
        is_notable = seconds is not None and (seconds >= 1 or (call.state == "running" and self._frame > 0))
        return " · ".join(part for part in (note_of(call), duration(seconds or 0) if is_notable else "") if part)

    def on_click(self, event: Click) -> None:
        if event.y == 0 or self._hidden or self.is_open or self._steps.steps(self.item):
            self.action_unfold()


_BEGAN, _ENDED = "2026-11-23T12:00:00.000Z", "2026-11-23T12:00:02.400Z"
SHOWCASE_ROWS = 64
"""Rows that the showcase needs."""


def _call(key: str, name: str, output: str = "", state: ToolState = "done", **given: Any) -> ToolCall:  # tools differ
    ended = None if state == "running" else _ENDED
    return ToolCall(
        key=key, name=name, input=given, title="", output=output, state=state, began_at=_BEGAN, ended_at=ended
    )


def showcase() -> Iterable[ItemView]:
    """A card for each kind and state of call."""
    listing = "\n".join(f"drwxr-xr-x  2 agent agent  4096 folder-{number}" for number in range(40))
    yield ToolCard(_call("1", "Bash", state="running", command="ls -la"))
    yield ToolCard(_call("2", "Bash", listing, command="ls -la"))
    yield ToolCard(_call("3", "Bash", "\x1b[31mE  boom\x1b[0m \x1b[1;32m3 passed\x1b[0m", "failed", command="pytest"))
    yield ToolCard(_call("4", "Bash", "the user said:\nNot on a Friday", "denied", command="make deploy"))
    edit: dict[str, Any] = {"old_string": "total = 0\nreturn total", "new_string": "total = 1\nreturn -total"}
    yield ToolCard(_call("5", "Edit", "ok", file_path="/w/shop/cart.py", **edit), cwd="/w")
    yield ToolCard(_call("6", "Write", "ok", file_path="/w/shop/tax.py", content="RATE = 0.19\n"), cwd="/w")
    yield ToolCard(_call("7", "Read", "     1→import math\n     2→", file_path="/w/shop/cart.py"), cwd="/w")
    yield ToolCard(_call("8", "Grep", "cart.py:12\ntax.py:3", pattern="round\\(", path="shop"))
    yield ToolCard(_call("9", "Glob", "No files found", pattern="**/*.rs"))
    page = "# Rounding\n\nMoney has **two** digits."
    yield ToolCard(_call("10", "WebFetch", page, url="https://example.com/rounding", prompt="What about money?"))
    yield ToolCard(_call("11", "TodoWrite", todos=[{"content": "Read", "status": "completed"}, {"content": "Fix"}]))
    yield ToolCard(_call("12", "mcp__tracker__close_issue", '{"ok":true}', issue="SHOP-12", comment="Fixed."))
    yield ToolCard(_call("13", "Telescope", "3 stars", target="M 31", exposure=2.5))
    agent = _call("14", "Agent", state="running", subagent_type="reviewer", description="Review the change")
    yield ToolCard(agent, inner={"14": _example_steps()})


def _example_steps() -> list[Item]:
    said = AssistantText(key="s1", parent="14", text="I'll look at the tests first.", message_id="m", is_done=True)
    last = AssistantText(
        key="s2", parent="14", text="The rounding is right,\nthe tax is not.", message_id="m", is_done=True
    )
    calls = [
        _call("c1", "Glob", "test_cart.py", pattern="tests/*.py"),
        _call("c2", "Bash", "1 passed", command="pytest"),
    ]
    return [said, *calls, last]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
