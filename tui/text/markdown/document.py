"""A Markdown text that grows at its end. Appending lays out only the last block again, or the end of a long one."""

from dataclasses import dataclass, replace

from textual.content import Content

from tui.text.markdown.blocks import EMPTY, Block, Code
from tui.text.markdown.parse import parse_with_lines
from tui.text.markdown.splitting import as_rest, can_join, join, split


@dataclass(frozen=True, slots=True)
class _Piece:
    block: Block
    continues: bool = False
    """Whether it continues the previous block, without an empty line between them."""


class Document:
    """Keeps the lines of complete blocks."""

    def __init__(self, source: str = "", *, can_copy: bool = False) -> None:
        """Parses the source.

        Args:
            can_copy: whether "copy" is shown above code blocks; it runs the action `copy_code(NUMBER)`.
        """
        self._can_copy = can_copy
        self._closed: list[_Piece] = []
        self._open: list[_Piece] = []
        self._continues = False
        """Whether the tail begins inside a block that was split."""
        self._tail = ""
        self._parts: list[str] = []
        self._width = 0
        self._closed_lines: list[Content] = []
        self._starts: list[int] = []
        """The first line of each closed block."""
        self._codes = 0
        if source:
            self.append(source)

    @property
    def source(self) -> str:
        """The complete text."""
        return "".join(self._parts)

    def append(self, fragment: str) -> None:
        """Appends to the text."""
        self._parts.append(fragment)
        self._tail += fragment.replace("\r\n", "\n").replace("\r", "\n")
        found = parse_with_lines(self._tail)
        for _, block in found[:-1]:
            self._close(block)
        if found and found[-1][0]:
            self._tail = _from_line(self._tail, found[-1][0])
        self._open = [_Piece(self._continued(block), self._continues) for _, block in found[-1:]]
        self._split_open_block()

    def finish(self) -> None:
        """Joins a block that was split, because the text is complete."""
        if self._continues and self._open:
            opened, self._open, self._tail = self._open[0].block, [], ""
            self._close(opened)

    def lines(self, width: int) -> list[Content]:
        """All lines for a width."""
        if width != self._width:
            self._width, self._closed_lines, self._starts = width, [], []
            for piece in self._closed:
                self._lay_out_closed(piece)
        lines = list(self._closed_lines)
        for opened in self._open:
            self._lay_out(opened, lines)
        return lines

    @property
    def codes(self) -> int:
        """The number of top-level code blocks."""
        return self._codes + any(isinstance(opened.block, Code) for opened in self._open)

    def code(self, number: int) -> str | None:
        """The source of the top-level code block with this number."""
        blocks = [closed.block for closed in (*self._closed, *self._open)]
        parts = [block.code for block in blocks if isinstance(block, Code) and block.number == number]
        return "\n".join(parts) if parts else None

    def _continued(self, block: Block) -> Block:
        if self._continues and self._closed:
            block = as_rest(block, self._closed[-1].block)
        return replace(block, number=self._codes, can_copy=self._can_copy) if isinstance(block, Code) else block

    def _close(self, block: Block) -> None:
        """Adds a complete block."""
        block, is_rest = self._continued(block), self._continues
        if is_rest and self._closed and can_join(self._closed[-1].block, block):
            block, is_rest = self._whole(block), False
        if isinstance(block, Code):
            self._codes += 1
        self._keep(_Piece(block, is_rest))
        self._continues = False

    def _whole(self, last: Block) -> Block:
        """Joins the last part of a block with the earlier ones."""
        parts = [last]
        while self._closed and can_join(self._closed[-1].block, last):
            parts.insert(0, self._closed.pop().block)
            if self._width:
                del self._closed_lines[self._starts.pop() :]
        return join(parts)

    def _keep(self, piece: _Piece) -> None:
        self._closed.append(piece)
        if self._width:
            self._lay_out_closed(piece)

    def _lay_out_closed(self, piece: _Piece) -> None:
        self._starts.append(len(self._closed_lines))
        self._lay_out(piece, self._closed_lines)

    def _lay_out(self, piece: _Piece, lines: list[Content]) -> None:
        if lines and not piece.continues:
            lines.append(EMPTY)
        lines += piece.block.lines(max(self._width, 1))

    def _split_open_block(self) -> None:
        """Splits the open block if it is long."""
        found = split(self._open[0].block, self._tail) if self._open else None
        if found is not None:
            self._keep(_Piece(found.head, self._continues))
            self._tail, self._continues = found.tail, True
            self._open = [_Piece(found.rest, continues=True)]


def _from_line(text: str, line: int) -> str:
    return "\n".join(text.split("\n")[line:])
