"""Standard input as lines, without a thread that would hold the program until the next Enter."""

import asyncio
import os
from collections.abc import AsyncIterator

_CHUNK = 65_536


async def stdin_lines(source: int = 0) -> AsyncIterator[str]:
    """The lines, until the input ends or its terminal goes away; the last may lack its newline.

    Args:
        source: a file descriptor: of a terminal, a pipe or a file.
    """
    rest = b""
    while chunk := await _chunk(source):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield _text(line)
    if rest:
        yield _text(rest)


async def _chunk(source: int) -> bytes:
    await _readable(source)
    try:
        return os.read(source, _CHUNK)
    except OSError:  # the terminal was closed
        return b""


async def _readable(source: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(source, ready.set)
    except PermissionError:  # a file: it never lets anybody wait
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(source)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode(errors="replace")
