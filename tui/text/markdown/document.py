"""A Markdown text that grows: only its open last block is parsed and laid out again."""

from dataclasses import replace

from textual.content import Content

from tui.text.markdown.blocks import EMPTY, Block, Code
from tui.text.markdown.parse import parse_with_lines


class Document:
    """Appends cost what the open block costs, not what the text costs."""

    def __init__(self, source: str = "") -> None:
        self._closed: list[Block] = []
        self._open: list[Block] = []
        self._tail = ""
        self._parts: list[str] = []
        self._width = 0
        self._closed_lines: list[Content] = []
        self._codes = 0
        if source:
            self.append(source)

    @property
    def source(self) -> str:
        """The whole text as it was written."""
        return "".join(self._parts)

    @property
    def blocks(self) -> list[Block]:
        """All blocks so far; the last may still grow."""
        return [*self._closed, *self._open]

    def append(self, fragment: str) -> None:
        """Adds to the end of the text."""
        self._parts.append(fragment)
        self._tail += fragment
        found = parse_with_lines(self._tail)
        closed, self._open = found[:-1], [self._numbered(block) for _, block in found[-1:]]
        if not closed:
            return
        self._tail = "".join(self._tail.splitlines(keepends=True)[found[-1][0] :])
        for _, block in closed:
            self._close(self._numbered(block))
        self._open = [self._numbered(block) for _, block in found[-1:]]

    def lines(self, width: int) -> list[Content]:
        """All lines at this width."""
        if width != self._width:
            self._width, self._closed_lines = width, []
            for block in self._closed:
                self._lay_out_closed(block)
        lines = list(self._closed_lines)
        for block in self._open:
            if lines:
                lines.append(EMPTY)
            lines += block.lines(max(width, 1))
        return lines

    def code(self, number: int) -> str | None:
        """The source of a top-level code block by its number."""
        codes = [block for block in self.blocks if isinstance(block, Code)]
        return next((block.code for block in codes if block.number == number), None)

    def _numbered(self, block: Block) -> Block:
        return replace(block, number=self._codes) if isinstance(block, Code) else block

    def _close(self, block: Block) -> None:
        self._closed.append(block)
        self._codes += isinstance(block, Code)
        if self._width:
            self._lay_out_closed(block)

    def _lay_out_closed(self, block: Block) -> None:
        if self._closed_lines:
            self._closed_lines.append(EMPTY)
        self._closed_lines += block.lines(max(self._width, 1))
