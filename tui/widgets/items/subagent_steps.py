"""The steps of a subagent, shown in the card of the call that started it."""

from collections.abc import Callable, Mapping, Sequence

from textual.content import Content

from tui.model import AssistantText, Item, Thinking, ToolCall
from tui.text.markdown import Document
from tui.text.sanitize import one_line, safe_content
from tui.text.tools import body_of
from tui.widgets.items.tool_body import body_lines
from tui.widgets.lines import Line

FOLDED_STEPS = 3
"""Steps shown while the card is folded."""
_MAX_DEPTH = 4
_INDENT = Content("  ")
LayOutHeading = Callable[[ToolCall, int], Content]
"""Makes the heading of a call for a width."""


class SubagentSteps:
    """The steps of one subagent and of the subagents below it."""

    def __init__(self, items: Mapping[str, Sequence[Item]], lay_out_heading: LayOutHeading) -> None:
        """
        Args:
            items: the items of all subagents, by the call that started each.
        """
        self._items = items
        self._lay_out_heading = lay_out_heading

    def steps(self, call: ToolCall) -> list[Item]:
        """The steps worth showing: without empty thinking, and without the last text once the result repeats it."""
        steps = [item for item in self._items.get(call.key, ()) if not isinstance(item, Thinking) or item.text.strip()]
        if call.state == "done" and steps and isinstance(steps[-1], AssistantText):
            steps.pop()
        return steps

    def last(self, call: ToolCall, width: int) -> list[Line]:
        """The last steps, one a line."""
        steps = self.steps(call)
        hidden = len(steps) - FOLDED_STEPS
        more = f"… {hidden} more step{'s' * (hidden != 1)}"
        lines: list[Line] = [Content.styled(more, "$muted")] if hidden > 0 else []
        return [*lines, *(self._line(item, width) for item in steps[-FOLDED_STEPS:])]

    def all(self, call: ToolCall, width: int, depth: int = 0) -> list[Line]:
        """All steps: complete texts, and calls with their folded output."""
        lines: list[Line] = []
        for item in self.steps(call):
            match item:
                case AssistantText():
                    lines += Document(item.text).lines(width)
                case Thinking():
                    text = safe_content(item.text.strip(), "$muted italic")
                    lines += [self._line(item, width), *_indented(text.wrap(max(width - 2, 1)))]
                case ToolCall():
                    body, _ = body_lines(body_of(item), max(width - 2, 1), is_open=False)
                    deeper = self.all(item, max(width - 2, 1), depth + 1) if depth < _MAX_DEPTH else []
                    lines += [self._lay_out_heading(item, width), *_indented([*deeper, *body])]
                case _:
                    continue
            lines.append(Content(""))
        return lines

    def _line(self, item: Item, width: int) -> Content:
        match item:
            case ToolCall():
                return self._lay_out_heading(item, width)
            case AssistantText():
                text = one_line(item.text.strip().partition("\n")[0])
                return Content.styled(text, "$muted").truncate(width, ellipsis=True)
            case _:
                is_running = isinstance(item, Thinking) and not item.is_done
                return Content.styled("✻ Thinking" if is_running else "✻ Thought", "$muted italic").truncate(width)


def _indented(lines: Sequence[Line]) -> list[Line]:
    return [indented(line) for line in lines]


def indented(line: Line) -> Line:
    """The line, two columns to the right."""
    if isinstance(line, Content):
        return _INDENT + line
    return lambda: _INDENT + line()
