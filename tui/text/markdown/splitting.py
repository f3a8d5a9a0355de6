"""Splits a long block that is still streamed, so that only its end is laid out again for more text."""

from dataclasses import dataclass, replace
from functools import reduce

from tui.text.markdown.blocks import Block, Code, List
from tui.text.markdown.parse import last_item_line
from tui.text.markdown.table import Table

MAX_OPEN = 40
"""List items, table rows or lines of code in an open block; longer ones are split."""
_FENCES = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Split:
    head: Block
    """The part that is complete."""
    rest: Block
    """The part that may still grow."""
    tail: str
    """The source of the rest, with the lines that make it the same kind of block."""


def split(block: Block, tail: str) -> Split | None:
    """Splits an open block; None if it is not long enough.

    Args:
        tail: the block's source.
    """
    match block:
        case List() if block.tight and len(block.items) > MAX_OPEN:
            return _split_list(block, tail)
        case Code() if block.code.count("\n") > MAX_OPEN and _is_open_fence(tail):
            return _split_code(block, tail)
        case Table() if len(block.rows) > MAX_OPEN:
            return _split_table(block, tail)
    return None


def as_rest(block: Block, before: Block) -> Block:
    """The block without what only the first part of a split block shows."""
    if isinstance(block, Table) and isinstance(before, Table):
        return replace(block, natural=before.natural, has_head=False)
    return replace(block, has_head=False) if isinstance(block, Code) else block


def can_join(before: Block, last: Block) -> bool:
    """Whether both are parts of one block that must be laid out as a whole at the end.

    The colours of code may depend on lines far above, and the columns of a table on all rows.
    """
    if isinstance(before, Code) and isinstance(last, Code):
        return before.number == last.number
    return isinstance(before, Table) and isinstance(last, Table) and bool(before.natural)


def join(parts: list[Block]) -> Block:
    """Joins the parts of a block."""
    return reduce(_join_two, parts)


def _join_two(first: Block, second: Block) -> Block:
    if isinstance(first, Code) and isinstance(second, Code):
        return replace(first, code=f"{first.code}\n{second.code}")
    if isinstance(first, Table) and isinstance(second, Table):
        return replace(first, rows=(*first.rows, *second.rows), natural=())
    return second


def _split_list(block: List, tail: str) -> Split | None:
    line = last_item_line(tail)
    if not line:
        return None
    start = None if block.start is None else block.start + len(block.items) - 1
    rest = replace(block, items=block.items[-1:], start=start)
    return Split(replace(block, items=block.items[:-1]), rest, "\n".join(tail.split("\n")[line:]))


def _split_code(block: Code, tail: str) -> Split:
    """Repeats the opening line in the tail, so that the rest stays code."""
    opening, *lines = tail.split("\n")
    rest = replace(block, code="\n".join(lines[-2:]), has_head=False)
    return Split(replace(block, code="\n".join(lines[:-2])), rest, "\n".join([opening, *lines[-2:]]))


def _split_table(block: Table, tail: str) -> Split | None:
    """Repeats the heading in the tail, and keeps the widths of the columns."""
    lines = tail.rstrip("\n").split("\n")
    if len(lines) != len(block.rows) + 2:
        return None
    head = replace(block, rows=block.rows[:-1], natural=block.natural or block.widest())
    rest = as_rest(replace(block, rows=block.rows[-1:]), head)
    ending = "\n" if tail.endswith("\n") else ""
    return Split(head, rest, "\n".join([*lines[:2], lines[-1]]) + ending)


def _is_open_fence(tail: str) -> bool:
    lines = tail.rstrip("\n").split("\n")
    return lines[0].startswith(_FENCES) and not lines[-1].lstrip().startswith(_FENCES)
