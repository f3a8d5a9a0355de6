"""A Markdown text that grows: only its open last block is parsed and laid out again, and a long one only at its end."""

from dataclasses import dataclass, replace

from textual.content import Content

from tui.text.markdown.blocks import EMPTY, Block, Code, List
from tui.text.markdown.parse import last_item_line, parse_with_lines

LONGEST_OPEN = 40
"""Items of a list, or lines of code, from which the beginning of an open block is closed early."""
_FENCES = ("```", "~~~")


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
        if len(found) > 1:
            self._tail = _from_line(self._tail, found[-1][0])
        self._open = [_Closed(self._numbered(block), self._continues) for _, block in found[-1:]]
        self._shorten()

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

    def code(self, number: int) -> str | None:
        """The source of a top-level code block by its number."""
        blocks = [closed.block for closed in (*self._closed, *self._open)]
        parts = [block.code for block in blocks if isinstance(block, Code) and block.number == number]
        return "\n".join(parts) if parts else None

    def _numbered(self, block: Block) -> Block:
        if isinstance(block, Code):
            return replace(
                block, number=self._codes, has_head=not self._continues and block.has_head, can_copy=self._can_copy
            )
        return block

    def _close(self, block: Block) -> None:
        """Nothing more comes for this block."""
        numbered = self._numbered(block)
        if isinstance(numbered, Code):
            if self._continues:
                numbered = self._whole_code(numbered)
            self._codes += 1
        self._keep(_Closed(numbered, self._continues and not isinstance(numbered, Code)))
        self._continues = False

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
        block = self._open[0].block if self._open else None
        if isinstance(block, List) and block.tight and len(block.items) > LONGEST_OPEN:
            self._cut_list(block)
        elif isinstance(block, Code) and block.code.count("\n") > LONGEST_OPEN and self._is_open_fence():
            self._cut_code(block)

    def _cut_list(self, block: List) -> None:
        line = last_item_line(self._tail)
        if not line:
            return
        self._keep(_Closed(replace(block, items=block.items[:-1]), self._continues))
        rest = replace(block, items=block.items[-1:], start=_plus(block.start, len(block.items) - 1))
        self._tail, self._continues = _from_line(self._tail, line), True
        self._open = [_Closed(rest, continues=True)]

    def _is_open_fence(self) -> bool:
        lines = self._tail.rstrip("\n").split("\n")
        return lines[0].startswith(_FENCES) and not lines[-1].lstrip().startswith(_FENCES)

    def _cut_code(self, block: Code) -> None:
        """Keeps the opening line at the head of the tail, so that the rest stays code."""
        opening, *lines = self._tail.split("\n")
        self._keep(_Closed(replace(block, code="\n".join(lines[:-2])), self._continues))
        self._tail, self._continues = "\n".join([opening, *lines[-2:]]), True
        self._open = [_Closed(replace(block, code="\n".join(lines[-2:]), has_head=False), continues=True)]

    def _whole_code(self, last: Code) -> Code:
        """Puts a cut code block together again: colours may depend on what stands far above."""
        parts = [last]
        while self._closed and isinstance(before := self._closed[-1].block, Code) and before.number == last.number:
            parts.insert(0, before)
            self._closed.pop()
            if self._width:
                del self._closed_lines[self._starts.pop() :]
        return replace(last, code="\n".join(part.code for part in parts), has_head=True)


def _from_line(text: str, line: int) -> str:
    return "\n".join(text.split("\n")[line:])


def _plus(start: int | None, count: int) -> int | None:
    return None if start is None else start + count
