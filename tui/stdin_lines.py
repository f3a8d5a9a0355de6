"""Reads standard input line by line without a thread, which would keep the program alive until the next Enter."""

import asyncio
import os
from collections.abc import AsyncIterator

_CHUNK = 65_536


async def stdin_lines(source: int = 0) -> AsyncIterator[str]:
    """Yields lines until the input ends or its terminal closes; the last one may lack its newline.

    Args:
        source: the file descriptor of a terminal, a pipe or a file.
    """
    rest = b""
    while chunk := await _read(source):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield _decode(line)
    if rest:
        yield _decode(rest)


async def _read(source: int) -> bytes:
    await _wait_until_readable(source)
    try:
        return os.read(source, _CHUNK)
    except OSError:  # the terminal was closed
        return b""


async def _wait_until_readable(source: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(source, ready.set)
    except PermissionError:  # a file is always readable, and epoll refuses it
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(source)


def _decode(line: bytes) -> str:
    return line.removesuffix(b"\r").decode(errors="replace")
