"""Removes control characters from everything that is drawn, by any widget."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.text.sanitize import without_control_characters


class ControlCharacterFilter(LineFilter):
    """The last defence: widgets already show such characters by name.

    Textual caches each filtered line under its filter, so the app keeps one filter, which applies the others too.
    """

    def __init__(self, others: tuple[LineFilter, ...] = ()) -> None:
        super().__init__()
        self.others = others
        """The filters that are applied first."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        for other in self.others:
            segments = other.apply(segments, background)
        return clean_segments(segments)


def clean_segments(segments: Sequence[Segment]) -> list[Segment]:
    """The segments without control characters; clean segments are returned unchanged."""
    cleaned = []
    for segment in segments:
        text = without_control_characters(segment.text)
        cleaned.append(segment if text is segment.text else Segment(text, segment.style, segment.control))
    return cleaned
