"""Turns the colours in a program's output (SGR sequences) into styles; all other sequences become visible text."""

import re
from dataclasses import dataclass, replace

from textual.color import Color
from textual.content import Content
from textual.style import Style

from tui.text.sanitize import safe_content

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_REWRITTEN = "↺ "
"""Marks a line that the program wrote several times, such as a progress bar; only the last state is shown."""

_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


@dataclass(frozen=True, slots=True)
class _Pen:
    foreground: Color | None = None
    background: Color | None = None
    switched_on: frozenset[str] = frozenset()

    def style(self) -> Style | None:
        if self == _PLAIN:
            return None
        on = self.switched_on
        return Style(
            foreground=self.foreground,
            background=self.background,
            bold="bold" in on or None,
            dim="dim" in on or None,
            italic="italic" in on or None,
            underline="underline" in on or None,
            strike="strike" in on or None,
            reverse="reverse" in on or None,
        )


_PLAIN = _Pen()
_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_OFF = {23: "italic", 24: "underline", 27: "reverse", 29: "strike"}


def ansi_content(output: str) -> list[Content]:
    """The lines of a program's output with their colours."""
    if "\x1b[" not in output and "\r" not in output:
        return [safe_content(line) for line in output.split("\n")]
    lines: list[Content] = []
    pen = _PLAIN
    for raw in output.replace("\r\n", "\n").split("\n"):
        line, pen = _line(_last_state(raw), pen)
        lines.append(line)
    return lines


def _last_state(raw: str) -> str:
    if "\r" not in raw:
        return raw
    states = [state for state in raw.split("\r") if state]
    return (_REWRITTEN if len(states) > 1 else "") + (states[-1] if states else "")


def _line(raw: str, pen: _Pen) -> tuple[Content, _Pen]:
    line = Content()
    at = 0
    for match in _SGR.finditer(raw):
        line += _run(raw[at : match.start()], pen)
        pen = _apply(match[1], pen)
        at = match.end()
    return line + _run(raw[at:], pen), pen


def _run(text: str, pen: _Pen) -> Content:
    return safe_content(text, pen.style() or "")


def _apply(parameters: str, pen: _Pen) -> _Pen:
    codes = [int(code or 0) for code in re.split("[;:]", parameters)] if len(parameters) < 200 else []
    while codes:
        code = codes.pop(0)
        if code == 0:
            pen = _PLAIN
        elif code in _ON:
            pen = replace(pen, switched_on=pen.switched_on | {_ON[code]})
        elif code in _OFF:
            pen = replace(pen, switched_on=pen.switched_on - {_OFF[code]})
        elif code == 22:
            pen = replace(pen, switched_on=pen.switched_on - {"bold", "dim"})
        elif code in (38, 48):
            colour = _extended(codes)
            pen = replace(pen, foreground=colour) if code == 38 else replace(pen, background=colour)
        elif code in (39, 49):
            pen = replace(pen, foreground=None) if code == 39 else replace(pen, background=None)
        else:
            pen = _basic(code, pen)
    return pen


def _basic(code: int, pen: _Pen) -> _Pen:
    ground, bright = divmod(code, 10)[0], code >= 90
    if bright:
        ground -= 6
    if ground not in (3, 4) or code % 10 > 7:
        return pen
    colour = Color.parse(f"ansi_{'bright_' if bright else ''}{_NAMES[code % 10]}")
    return replace(pen, foreground=colour) if ground == 3 else replace(pen, background=colour)


def _extended(codes: list[int]) -> Color | None:
    kind = codes.pop(0) if codes else 0
    if kind == 5 and codes:
        return _palette(codes.pop(0) & 255)
    if kind == 2 and len(codes) >= 3:
        red, green, blue = (min(codes.pop(0), 255) for _ in range(3))
        return Color(red, green, blue)
    return None


def _palette(index: int) -> Color:
    if index < 16:
        return Color.parse(f"ansi_{'bright_' if index > 7 else ''}{_NAMES[index % 8]}")
    if index >= 232:
        level = 8 + (index - 232) * 10
        return Color(level, level, level)
    index -= 16
    red, green, blue = (0 if part == 0 else 55 + part * 40 for part in (index // 36, index // 6 % 6, index % 6))
    return Color(red, green, blue)
