"""Lays out the body of a tool card, folded or complete."""

import re
from collections.abc import Sequence
from functools import partial

from textual.content import Content

from tui.text.ansi import ansi_content
from tui.text.diff import lay_out as lay_out_diff
from tui.text.diff import parse_diff
from tui.text.highlight import highlight, language_of
from tui.text.markdown import Document
from tui.text.tools import Body
from tui.widgets.lines import Line

Lines = list[Content]
MANY_LINES = 400
"""In longer unfolded outputs, each line is coloured only when it comes into view."""
_SGR = re.compile(r"\x1b\[[0-9;:]*m")
_MIN_HIDDEN = 3
"""Hiding fewer lines than this saves no room."""


def body_lines(body: Body, width: int, *, is_open: bool) -> tuple[Sequence[Line], int]:
    """The lines of a body, and how many more are hidden."""
    if body.kind == "none" or not body.text.strip():
        return [], 0
    if body.kind == "output":
        return _output(body, width, is_open)
    if body.kind == "diff":
        lines = lay_out_diff(parse_diff(body.text, body.path), width)
    elif body.kind == "code":
        lines = _code(body, width) if is_open else []
    else:
        lines = Document(body.text).lines(width)
    return _folded(lines, body, is_open)


def _output(body: Body, width: int, is_open: bool) -> tuple[Sequence[Line], int]:
    """Colours and wraps only what is shown, because an output may have a hundred thousand lines."""
    raw = body.text.split("\n")
    hidden = len(raw) - body.head - body.tail
    if is_open and len(raw) > MANY_LINES:
        return [line for text in raw for line in _deferred(text, width)], 0
    if is_open or hidden < _MIN_HIDDEN:
        return _folded(_wrapped(ansi_content(body.text), width), body, is_open)
    head = _wrapped(ansi_content("\n".join(raw[: body.head])), width)[: body.head]
    tail = _wrapped(ansi_content("\n".join(raw[len(raw) - body.tail :])), width)[-body.tail :] if body.tail else []
    return [*head, *_more(hidden), *tail], hidden


def _deferred(text: str, width: int) -> Sequence[Line]:
    """A line that is made when it is drawn, unless it needs wrapping."""
    plain = _SGR.sub("", text) if "\x1b" in text else text
    if plain.isascii() and plain.isprintable() and len(plain) <= width:
        return [partial(_coloured_line, text)]
    return _wrapped(ansi_content(text), width)


def _coloured_line(text: str) -> Content:
    return ansi_content(text)[0]


def _code(body: Body, width: int) -> Lines:
    text = "\n".join(_unnumbered(line) for line in body.text.split("\n"))
    return _wrapped(highlight(text, language_of(body.path) if body.path else ""), width)


def _unnumbered(line: str) -> str:
    """Replaces the arrow after the line number, which the Read tool writes, by a gap."""
    number, arrow, rest = line.partition("→")
    return f"{number}  {rest}" if arrow and number.strip().isdigit() else line


def _wrapped(lines: Lines, width: int) -> Lines:
    return [part for line in lines for part in ([line] if len(line) * 2 <= width else line.fold(width) or [line])]


def _folded(lines: Lines, body: Body, is_open: bool) -> tuple[Lines, int]:
    hidden = len(lines) - body.head - body.tail
    if is_open or (hidden < _MIN_HIDDEN and body.head):
        return lines, 0
    if hidden <= 0:
        return [], 0
    tail = lines[len(lines) - body.tail :] if body.tail else []
    return [*lines[: body.head], *(_more(hidden) if body.head else []), *tail], hidden


def _more(hidden: int) -> Lines:
    return [Content.styled(f"… {hidden:,} more lines", "$muted") + Content.styled("  enter", "$faint")]
