"""What a subagent says and does, under the card of its call: the last steps, or all of them."""

from collections.abc import Callable, Mapping, Sequence

from textual.content import Content

from tui.model import AssistantText, Item, Thinking, ToolCall
from tui.text.markdown import Document
from tui.text.sanitize import one_line, safe_content
from tui.text.tools import body_of
from tui.widgets.items.tool_body import body_lines
from tui.widgets.lines import Line

LAST = 3
"""Steps shown while the card is folded."""
_DEEPEST = 4
_INDENT = Content("  ")
Heading = Callable[[ToolCall, int], Content]
"""Makes the one line of a call at a width."""


class SubagentSteps:
    """The steps of one subagent, and of those that it started itself."""

    def __init__(self, items: Mapping[str, Sequence[Item]], heading: Heading) -> None:
        self._items = items
        self._heading = heading

    def steps(self, call: ToolCall) -> list[Item]:
        """What is worth a line: once the report is there, the text that it repeats is not."""
        steps = [item for item in self._items.get(call.key, ()) if not isinstance(item, Thinking) or item.text.strip()]
        if call.state == "done" and steps and isinstance(steps[-1], AssistantText):
            steps.pop()
        return steps

    def last(self, call: ToolCall, width: int) -> list[Line]:
        """The last steps, a line each."""
        steps = self.steps(call)
        hidden = len(steps) - LAST
        more = f"… {hidden} more step{'s' * (hidden != 1)}"
        lines: list[Line] = [Content.styled(more, "$muted")] if hidden > 0 else []
        return [*lines, *(self._line(item, width) for item in steps[-LAST:])]

    def all(self, call: ToolCall, width: int, depth: int = 0) -> list[Line]:
        """Every step: texts whole, calls with as much of their output as matters."""
        lines: list[Line] = []
        for item in self.steps(call):
            match item:
                case AssistantText():
                    lines += Document(item.text).lines(width)
                case Thinking():
                    lines += [self._line(item, width), *_indented(_thought(item, width - 2))]
                case ToolCall():
                    body, _ = body_lines(body_of(item), max(width - 2, 1), is_open=False)
                    deeper = self.all(item, max(width - 2, 1), depth + 1) if depth < _DEEPEST else []
                    lines += [self._heading(item, width), *_indented([*deeper, *body])]
                case _:
                    continue
            lines.append(Content(""))
        return lines

    def _line(self, item: Item, width: int) -> Content:
        match item:
            case ToolCall():
                return self._heading(item, width)
            case AssistantText():
                text = one_line(item.text.strip().partition("\n")[0])
                return Content.styled(text, "$muted").truncate(width, ellipsis=True)
            case _:
                return Content.styled("✻ Thinking" if _runs(item) else "✻ Thought", "$muted italic").truncate(width)


def _runs(item: Item) -> bool:
    return isinstance(item, Thinking) and not item.is_done


def _thought(item: Thinking, width: int) -> list[Content]:
    return safe_content(item.text.strip(), "$muted italic").wrap(max(width, 1))


def _indented(lines: Sequence[Line]) -> list[Line]:
    return [indented(line) for line in lines]


def indented(line: Line) -> Line:
    """The line, a step to the right."""
    if isinstance(line, Content):
        return _INDENT + line
    return lambda: _INDENT + line()
