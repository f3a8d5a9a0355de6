"""Makes, reads and lays out differences between two texts."""

from tui.text.diff.layout import SIDE_BY_SIDE, lay_out
from tui.text.diff.unified import Diff, Hunk, Row, parse_diff, unified_diff

__all__ = ["SIDE_BY_SIDE", "Diff", "Hunk", "Row", "lay_out", "parse_diff", "unified_diff"]
