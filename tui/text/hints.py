"""Hints about keys, side by side in one line. A click on a hint does what its key does."""

from dataclasses import dataclass

from textual.content import Content, Span
from textual.style import Style


@dataclass(frozen=True, slots=True)
class Hint:
    key: str
    label: str
    action: str = ""
    """The Textual action that a click runs, such as `screen.help`; empty for none."""


def hint_line(hints: tuple[Hint, ...]) -> Content:
    """The hints in one line."""
    return Content("  ").join(_hint(hint) for hint in hints)


BACK = Hint("esc", "back", "screen.dismiss")
"""The hint in every dialog."""


def clickable(content: Content, action: str, *parameters: object) -> Content:
    """The content with a Textual action that a click runs."""
    click = Style.from_meta({"@click": (action, parameters)})
    return content.add_spans([Span(0, len(content), click)])


def _hint(hint: Hint) -> Content:
    shown = Content.assemble((hint.key, "$muted"), (f" {hint.label}" if hint.label else "", "$faint"))
    return clickable(shown, hint.action) if hint.action else shown
