"""Bytes from one connection to the other, as long as they may flow."""

import asyncio
from contextlib import suppress


async def pour(source: asyncio.StreamReader, target: asyncio.StreamWriter, flows: asyncio.Event) -> None:
    """Hands on what comes, and the end of it."""
    with suppress(ConnectionError):
        while data := await source.read(65536):
            await flows.wait()
            target.write(data)
            await target.drain()
    with suppress(OSError, RuntimeError):
        target.write_eof()
