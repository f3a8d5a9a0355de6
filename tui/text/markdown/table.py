"""Lays out a Markdown table: wide columns shrink first, and where no table fits it becomes a list."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from textual.content import Content

from tui.text.markdown.blocks import EMPTY

Align = Literal["left", "center", "right"]
_MIN_COLUMN = 4
_GAP = 3  # " │ "


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[Content, ...]
    rows: tuple[tuple[Content, ...], ...]
    aligns: tuple[Align, ...]
    natural: tuple[int, ...] = ()
    """The natural widths of the columns, if this is a part of a table; else they follow from its cells."""
    has_head: bool = True
    """Whether the heading is shown; not above the rest of a table that was split."""

    def widest(self) -> tuple[int, ...]:
        """The natural widths of the columns."""
        return tuple(self._natural(column) for column in range(len(self.header)))

    def lines(self, width: int) -> list[Content]:
        columns = len(self.header)
        room = width - _GAP * (columns - 1)
        if room < columns * _MIN_COLUMN:
            return self._as_list(width)
        widths = _fit(list(self.natural or self.widest()), room)
        rule = Content.styled("─┼─".join("─" * size for size in widths), "$line")
        head = [*self._row([cell.stylize_before("bold") for cell in self.header], widths), rule]
        lines = head if self.has_head else []
        for row in self.rows:
            lines += self._row(list(row), widths)
        return lines

    def _natural(self, column: int) -> int:
        cells = [self.header[column], *(row[column] for row in self.rows if column < len(row))]
        return max(cell.cell_length for cell in cells) or 1

    def _row(self, cells: list[Content], widths: list[int]) -> list[Content]:
        wrapped = [cell.wrap(size) or [EMPTY] for cell, size in zip(cells, widths, strict=False)]
        wrapped += [[EMPTY]] * (len(widths) - len(wrapped))
        bar = Content.styled(" │ ", "$line")
        return [
            bar.join(_aligned(part, size, align) for part, size, align in zip(parts, widths, self.aligns, strict=False))
            for parts in zip_longest(*wrapped, fillvalue=EMPTY)
        ]

    def _as_list(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for row in self.rows:
            if lines or not self.has_head:
                lines.append(EMPTY)
            for name, cell in zip(self.header, row, strict=False):
                lines += (name.stylize_before("bold") + Content(": ") + cell).wrap(width)
        return lines


def _aligned(part: Content, size: int, align: Align) -> Content:
    free = max(size - part.cell_length, 0)
    left = {"left": 0, "center": free // 2, "right": free}[align]
    return Content(" " * left) + part + Content(" " * (free - left))


def _fit(natural: list[int], room: int) -> list[int]:
    widths = list(natural)
    excess = sum(widths) - room
    while excess > 0:
        widest = max(widths)
        below = max((size for size in widths if size < widest), default=0)
        share = [index for index, size in enumerate(widths) if size == widest]
        cut = min(excess, max((widest - max(below, _MIN_COLUMN)) * len(share), 1))
        for order, index in enumerate(share):
            widths[index] -= cut // len(share) + (1 if order < cut % len(share) else 0)
        excess = sum(widths) - room
    return widths
