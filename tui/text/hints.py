"""Keys and what they do, in one line; a click does what the key does."""

from dataclasses import dataclass

from textual.content import Content, Span
from textual.style import Style


@dataclass(frozen=True, slots=True)
class Hint:
    key: str
    what: str
    action: str = ""
    """What a click does, such as `screen.help`; empty: nothing."""


def hint_line(hints: tuple[Hint, ...]) -> Content:
    """The hints beside each other."""
    return Content("  ").join(_hint(hint) for hint in hints)


BACK = Hint("esc", "back", "screen.dismiss")
"""Of every dialog."""


def clickable(content: Content, action: str, *parameters: object) -> Content:
    """The content, which runs an action of Textual's when it is clicked."""
    click = Style.from_meta({"@click": (action, parameters)})
    return content.add_spans([Span(0, len(content), click)])


def _hint(hint: Hint) -> Content:
    shown = Content.assemble((hint.key, "$muted"), (f" {hint.what}" if hint.what else "", "$faint"))
    return clickable(shown, hint.action) if hint.action else shown
