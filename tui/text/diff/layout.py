"""Lays out a diff: side by side if there is room, otherwise unified, with + and - signs as well as colours."""

from dataclasses import dataclass
from itertools import groupby

from textual.content import Content

from tui.text.diff.unified import Diff, Hunk, Row
from tui.text.diff.words import changed_words
from tui.text.highlight import highlight, language_of
from tui.text.sanitize import one_line, safe_content

SIDE_BY_SIDE = 110
"""Minimum width for the side-by-side layout, in columns."""

_EMPTY = Content("")


@dataclass(frozen=True, slots=True)
class _Side:
    number: int | None
    code: Content | None
    sign: str
    background: str


def lay_out(diff: Diff, width: int, *, unified: bool | None = None) -> list[Content]:
    """The diff's lines.

    Args:
        unified: None decides by the width, and unifies a diff that only adds or only removes.
    """
    if unified is None:
        unified = width < SIDE_BY_SIDE or not (diff.added and diff.removed)
    language = language_of(diff.path) if diff.path else ""
    digits = len(str(max((_last_line_number(hunk) for hunk in diff.hunks), default=0)))
    lines: list[Content] = []
    for number, hunk in enumerate(diff.hunks):
        if number or hunk.header:
            lines.append(Content.styled(f"{'⋯':>{digits}} {one_line(hunk.header)}".rstrip(), "$faint"))
        pairs = _pair_sides(hunk, language)
        if unified:
            lines += _unified(hunk.rows, pairs, digits, width)
        else:
            lines += _split(pairs, digits, width)
    return lines


def _last_line_number(hunk: Hunk) -> int:
    return max((max(row.old_number or 0, row.new_number or 0) for row in hunk.rows), default=0)


def _pair_sides(hunk: Hunk, language: str) -> list[tuple[_Side, _Side]]:
    old = iter(_highlighted([row.old for row in hunk.rows if row.old is not None], language))
    new = iter(_highlighted([row.new for row in hunk.rows if row.new is not None], language))
    pairs = []
    for row in hunk.rows:
        left = next(old) if row.old is not None else None
        right = next(new) if row.new is not None else None
        if row.is_context:
            background = ""
            pairs.append((_Side(row.old_number, left, " ", background), _Side(row.new_number, right, " ", background)))
            continue
        if row.old is not None and row.new is not None and left is not None and right is not None:
            removed, added = changed_words(left.plain, right.plain)
            for start, end in removed:
                left = left.stylize("on $diff-removed-word", start, end)
            for start, end in added:
                right = right.stylize("on $diff-added-word", start, end)
        pairs.append(
            (
                _Side(row.old_number, left, "-", "on $diff-removed"),
                _Side(row.new_number, right, "+", "on $diff-added"),
            )
        )
    return pairs


def _highlighted(lines: list[str], language: str) -> list[Content]:
    if not lines:
        return []
    coloured = highlight("\n".join(lines), language)
    # A hidden character may split a line; then fall back to lines without colours.
    return coloured if len(coloured) == len(lines) else [safe_content(line) for line in lines]


def _unified(rows: list[Row], pairs: list[tuple[_Side, _Side]], digits: int, width: int) -> list[Content]:
    lines: list[Content] = []
    numbered = zip(rows, pairs, strict=True)
    for is_context, group in groupby(numbered, key=lambda pair: pair[0].is_context):
        members = [pair for _, pair in group]
        sides = [new for _, new in members] if is_context else [old for old, _ in members] + [new for _, new in members]
        for side in sides:
            lines += _render_side(side, digits, width)
    return lines


def _split(pairs: list[tuple[_Side, _Side]], digits: int, width: int) -> list[Content]:
    half = (width - 1) // 2
    lines: list[Content] = []
    for old, new in pairs:
        left, right = _render_side(old, digits, half), _render_side(new, digits, half)
        height = max(len(left), len(right), 1)
        blank = Content(" " * half)
        left += [blank] * (height - len(left))
        right += [blank] * (height - len(right))
        lines += [a + Content.styled("│", "$line") + b for a, b in zip(left, right, strict=True)]
    return lines


def _render_side(side: _Side, digits: int, width: int) -> list[Content]:
    if side.code is None:
        return []
    inner = max(width - digits - 3, 8)
    lines = []
    for part, code in enumerate(side.code.fold(inner) or [_EMPTY]):
        number = str(side.number or "") if part == 0 else ""
        sign = side.sign if part == 0 else " "
        colour = {"+": "$text-success", "-": "$text-error"}.get(side.sign, "$faint")
        margin = Content.styled(f"{number:>{digits}} {sign} ", colour)
        line = margin + code + Content(" " * max(inner - code.cell_length, 0))
        lines.append(line.stylize_before(side.background) if side.background else line)
    return lines
