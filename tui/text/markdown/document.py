"""A Markdown text that grows: only its open last block is parsed and laid out again, and a long one only at its end."""

from dataclasses import dataclass, replace

from textual.content import Content

from tui.text.markdown.blocks import EMPTY, Block, Code
from tui.text.markdown.early_close import belongs, continued, cut, joined
from tui.text.markdown.parse import parse_with_lines


@dataclass(frozen=True, slots=True)
class _Closed:
    block: Block
    continues: bool = False
    """It is the rest of the block before it, so no empty line stands between."""


class Document:
    """Appends cost what the open end costs, not what the text costs."""

    def __init__(self, source: str = "", *, can_copy: bool = False) -> None:
        """Starts with this text.

        Args:
            can_copy: the code blocks offer to copy them, by the action `copy_code(NUMBER)`.
        """
        self._can_copy = can_copy
        self._closed: list[_Closed] = []
        self._open: list[_Closed] = []
        self._continues = False
        """The tail begins in the middle of a block."""
        self._tail = ""
        self._parts: list[str] = []
        self._width = 0
        self._closed_lines: list[Content] = []
        self._starts: list[int] = []
        """Where the lines of each closed block begin."""
        self._codes = 0
        if source:
            self.append(source)

    @property
    def source(self) -> str:
        """The whole text as it was written."""
        return "".join(self._parts)

    def append(self, fragment: str) -> None:
        """Adds to the end of the text."""
        self._parts.append(fragment)
        self._tail += fragment.replace("\r\n", "\n").replace("\r", "\n")
        found = parse_with_lines(self._tail)
        for _, block in found[:-1]:
            self._close(block)
        if found and found[-1][0]:
            self._tail = _from_line(self._tail, found[-1][0])
        self._open = [_Closed(self._continued(block), self._continues) for _, block in found[-1:]]
        self._shorten()

    def finish(self) -> None:
        """Nothing more comes: a block that was cut is put together."""
        if self._continues and self._open:
            opened, self._open, self._tail = self._open[0].block, [], ""
            self._close(opened)

    def lines(self, width: int) -> list[Content]:
        """All lines at this width."""
        if width != self._width:
            self._width, self._closed_lines, self._starts = width, [], []
            for closed in self._closed:
                self._lay_out_closed(closed)
        lines = list(self._closed_lines)
        for opened in self._open:
            self._lay_out(opened, lines)
        return lines

    @property
    def codes(self) -> int:
        """How many top-level code blocks there are."""
        return self._codes + any(isinstance(opened.block, Code) for opened in self._open)

    def code(self, number: int) -> str | None:
        """The source of a top-level code block by its number."""
        blocks = [closed.block for closed in (*self._closed, *self._open)]
        parts = [block.code for block in blocks if isinstance(block, Code) and block.number == number]
        return "\n".join(parts) if parts else None

    def _continued(self, block: Block) -> Block:
        if self._continues and self._closed:
            block = continued(block, self._closed[-1].block)
        return replace(block, number=self._codes, can_copy=self._can_copy) if isinstance(block, Code) else block

    def _close(self, block: Block) -> None:
        """Nothing more comes for this block."""
        block, is_rest = self._continued(block), self._continues
        if is_rest and self._closed and belongs(self._closed[-1].block, block):
            block, is_rest = self._whole(block), False
        if isinstance(block, Code):
            self._codes += 1
        self._keep(_Closed(block, is_rest))
        self._continues = False

    def _whole(self, last: Block) -> Block:
        """The block again whose beginning was closed early."""
        parts = [last]
        while self._closed and belongs(self._closed[-1].block, last):
            parts.insert(0, self._closed.pop().block)
            if self._width:
                del self._closed_lines[self._starts.pop() :]
        return joined(parts)

    def _keep(self, closed: _Closed) -> None:
        self._closed.append(closed)
        if self._width:
            self._lay_out_closed(closed)

    def _lay_out_closed(self, closed: _Closed) -> None:
        self._starts.append(len(self._closed_lines))
        self._lay_out(closed, self._closed_lines)

    def _lay_out(self, closed: _Closed, lines: list[Content]) -> None:
        if lines and not closed.continues:
            lines.append(EMPTY)
        lines += closed.block.lines(max(self._width, 1))

    def _shorten(self) -> None:
        """Closes the beginning of a long open block."""
        found = cut(self._open[0].block, self._tail) if self._open else None
        if found is not None:
            self._keep(_Closed(found.head, self._continues))
            self._tail, self._continues = found.tail, True
            self._open = [_Closed(found.rest, continues=True)]


def _from_line(text: str, line: int) -> str:
    return "\n".join(text.split("\n")[line:])
