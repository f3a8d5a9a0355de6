"""The blocks of a Markdown text, each of which lays itself out for a width."""

from dataclasses import dataclass
from typing import Protocol

from textual.content import Content, Span
from textual.style import Style

from tui.text.highlight import highlight
from tui.text.sanitize import one_line

EMPTY = Content("")
_BULLETS = "•◦▪"
_BOXES = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}


class Block(Protocol):
    """One block, such as a paragraph or a list."""

    def lines(self, width: int) -> list[Content]:
        """The block's lines, none wider than `width` columns."""
        ...


def lay_out(blocks: "tuple[Block, ...] | list[Block]", width: int, *, tight: bool = False) -> list[Content]:
    """The lines of all blocks, with empty lines between the blocks unless `tight`."""
    lines: list[Content] = []
    for block in blocks:
        if lines and not tight:
            lines.append(EMPTY)
        lines += block.lines(max(width, 1))
    return lines


def indent(lines: list[Content], first: Content, rest: Content) -> list[Content]:
    """The lines with `first` before the first and `rest` before the others."""
    return [(first if number == 0 else rest) + line for number, line in enumerate(lines)]


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: Content

    def lines(self, width: int) -> list[Content]:
        return self.text.wrap(width) or [EMPTY]


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: Content

    def lines(self, width: int) -> list[Content]:
        style = {1: "bold $heading", 2: "bold $heading", 3: "bold"}.get(self.level, "bold $muted")
        lines = [line.stylize_before(style) for line in self.text.wrap(width)]
        if self.level == 1:
            lines.append(
                Content.styled("─" * min(width, max((line.cell_length for line in lines), default=1)), "$line")
            )
        return lines


@dataclass(frozen=True, slots=True)
class Rule:
    def lines(self, width: int) -> list[Content]:
        return [Content.styled("─" * width, "$line")]


@dataclass(frozen=True, slots=True)
class Code:
    language: str
    code: str
    number: int = 0
    """The block's number in its text, for the action of "copy"."""
    can_copy: bool = False
    has_head: bool = True
    """Whether language and "copy" are shown above; false for all but the first part of a split block."""

    def lines(self, width: int) -> list[Content]:
        inner = max(width - 2, 1)
        label = one_line(self.language)[: max(inner - 6, 0)]
        copy = Content("copy", [Span(0, 4, "$muted"), Span(0, 4, _copies(self.number))]) if self.can_copy else EMPTY
        head = Content.styled(label, "$muted") + Content(" " * (inner - len(label) - copy.cell_length)) + copy
        body = [part for line in highlight(self.code, self.language) for part in (line.fold(inner) or [EMPTY])]
        return [
            _on_panel(line, inner)
            for line in ([head, *body] if inner > 12 and self.has_head and (label or self.can_copy) else body)
        ]


def _copies(number: int) -> Style:
    return Style.from_meta({"@click": ("copy_code", (number,))})


def _on_panel(line: Content, inner: int) -> Content:
    padded = Content(" ") + line + Content(" " * (inner - line.cell_length + 1))
    return padded.stylize_before("$foreground on $code-background")


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple[Block, ...]

    def lines(self, width: int) -> list[Content]:
        bar = Content.styled("▎ ", "$line")
        inner = lay_out(self.blocks, width - 2)
        return indent([line.stylize_before("$muted") for line in inner], bar, bar)


@dataclass(frozen=True, slots=True)
class List:
    items: tuple[tuple[Block, ...], ...]
    start: int | None = None
    """The first number; None for bullets."""
    tight: bool = True
    depth: int = 0

    def lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        last = "" if self.start is None else f"{self.start + len(self.items) - 1}."
        size = 2 if self.start is None else len(last) + 1
        for number, blocks in enumerate(self.items):
            if lines and not self.tight:
                lines.append(EMPTY)
            bullet = _BULLETS[self.depth % 3] if self.start is None else f"{self.start + number}.".rjust(len(last))
            inner = lay_out(blocks, width - size, tight=self.tight) or [EMPTY]
            if self.start is None and (box := _BOXES.get(inner[0].plain[:4])):
                bullet, inner[0] = box, inner[0][4:]
            lines += indent(inner, Content.styled(f"{bullet} ", "$bullet"), Content(" " * size))
        return lines
