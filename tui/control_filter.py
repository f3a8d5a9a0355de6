"""No control character reaches the terminal, whatever widget it came through."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.text.sanitize import without_control_characters


class ControlCharacterFilter(LineFilter):
    """Takes out what acts or hides; widgets show such characters by name before it comes to this.

    Textual keeps every filtered line by its filter. So there is one for good, and it stands for the others too.
    """

    def __init__(self, others: tuple[LineFilter, ...] = ()) -> None:
        super().__init__()
        self.others = others
        """Those that come before it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, harmless."""
        for other in self.others:
            segments = other.apply(segments, background)
        return clean_segments(segments)


def clean_segments(segments: Sequence[Segment]) -> list[Segment]:
    """Replaces only the segments that need it."""
    cleaned = []
    for segment in segments:
        text = without_control_characters(segment.text)
        cleaned.append(segment if text is segment.text else Segment(text, segment.style, segment.control))
    return cleaned
