"""Closes the beginning of a long open block early, so that one more word costs what its end costs."""

from dataclasses import dataclass, replace
from functools import reduce

from tui.text.markdown.blocks import Block, Code, List
from tui.text.markdown.parse import last_item_line
from tui.text.markdown.table import Table

LONGEST_OPEN = 40
"""Items of a list, rows of a table, or lines of code, from which the beginning of an open block is closed early."""
_FENCES = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Cut:
    head: Block
    """What is closed now."""
    rest: Block
    """What stays open."""
    tail: str
    """The source of what stays open, with the lines that make it the same kind of block."""


def cut(block: Block, tail: str) -> Cut | None:
    """The open block in two, when it is long enough.

    Args:
        tail: the block's source.
    """
    match block:
        case List() if block.tight and len(block.items) > LONGEST_OPEN:
            return _cut_list(block, tail)
        case Code() if block.code.count("\n") > LONGEST_OPEN and _is_open_fence(tail):
            return _cut_code(block, tail)
        case Table() if len(block.rows) > LONGEST_OPEN:
            return _cut_table(block, tail)
    return None


def continued(block: Block, before: Block) -> Block:
    """The block as the rest of the one before it."""
    if isinstance(block, Table) and isinstance(before, Table):
        return replace(block, natural=before.natural, has_head=False)
    return replace(block, has_head=False) if isinstance(block, Code) else block


def belongs(before: Block, last: Block) -> bool:
    """Whether both are parts of one block that is worth putting together again.

    Colours of code may depend on what stands far above, and the columns of a table on all its rows.
    """
    if isinstance(before, Code) and isinstance(last, Code):
        return before.number == last.number
    return isinstance(before, Table) and isinstance(last, Table) and bool(before.natural)


def joined(parts: list[Block]) -> Block:
    """The whole block of its parts."""
    return reduce(_two, parts)


def _two(first: Block, second: Block) -> Block:
    if isinstance(first, Code) and isinstance(second, Code):
        return replace(first, code=f"{first.code}\n{second.code}")
    if isinstance(first, Table) and isinstance(second, Table):
        return replace(first, rows=(*first.rows, *second.rows), natural=())
    return second


def _cut_list(block: List, tail: str) -> Cut | None:
    line = last_item_line(tail)
    if not line:
        return None
    start = None if block.start is None else block.start + len(block.items) - 1
    rest = replace(block, items=block.items[-1:], start=start)
    return Cut(replace(block, items=block.items[:-1]), rest, "\n".join(tail.split("\n")[line:]))


def _cut_code(block: Code, tail: str) -> Cut:
    """Keeps the opening line at the head of the tail, so that the rest stays code."""
    opening, *lines = tail.split("\n")
    rest = replace(block, code="\n".join(lines[-2:]), has_head=False)
    return Cut(replace(block, code="\n".join(lines[:-2])), rest, "\n".join([opening, *lines[-2:]]))


def _cut_table(block: Table, tail: str) -> Cut | None:
    """Keeps the heading at the head of the tail; the columns keep the widths that they have by now."""
    lines = tail.rstrip("\n").split("\n")
    if len(lines) != len(block.rows) + 2:
        return None
    head = replace(block, rows=block.rows[:-1], natural=block.natural or block.widest())
    rest = continued(replace(block, rows=block.rows[-1:]), head)
    ending = "\n" if tail.endswith("\n") else ""
    return Cut(head, rest, "\n".join([*lines[:2], lines[-1]]) + ending)


def _is_open_fence(tail: str) -> bool:
    lines = tail.rstrip("\n").split("\n")
    return lines[0].startswith(_FENCES) and not lines[-1].lstrip().startswith(_FENCES)
