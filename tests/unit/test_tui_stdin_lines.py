"""stdin_lines reads a file, a pipe and a terminal."""

import os
from pathlib import Path

from tui.stdin_lines import stdin_lines

TYPED = "one\r\n\nzwei ä\nlast"
LINES = ["one", "", "zwei ä", "last"]


async def test_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "typed"
    path.write_bytes(TYPED.encode())
    file = os.open(path, os.O_RDONLY)
    assert [line async for line in stdin_lines(file)] == LINES
    os.close(file)


async def test_an_empty_input_has_no_lines() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    assert [line async for line in stdin_lines(nothing)] == []
    os.close(nothing)


async def test_lines_of_a_pipe_written_in_pieces() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, TYPED.encode()[:11])
    lines = stdin_lines(ours)
    first = [await anext(lines), await anext(lines)]
    os.write(theirs, TYPED.encode()[11:])
    os.close(theirs)
    assert first + [line async for line in lines] == LINES
    os.close(ours)


async def test_lines_of_a_terminal_that_is_closed() -> None:
    ours, theirs = os.openpty()
    os.write(ours, b"one\n")
    lines = stdin_lines(theirs)
    assert await anext(lines) == "one"
    os.close(ours)
    assert [line async for line in lines] == []
    os.close(theirs)
