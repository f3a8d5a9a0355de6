"""A load balancer in a few lines: each connection goes to the next replica that takes it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

READ_BYTES = 1 << 16


@asynccontextmanager
async def balancing(port: int, behind: Sequence[int]) -> AsyncIterator[None]:
    """Listens on the port as long as the block lasts.

    Args:
        behind: the replicas' ports; one that refuses is passed over.
    """
    turn = 0
    relays: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        for _ in behind:
            turn += 1
            with suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", behind[turn % len(behind)])
                break
        else:
            writer.close()
            return
        ways = [asyncio.create_task(_copy(reader, there[1])), asyncio.create_task(_copy(there[0], writer))]
        relays.update(ways)
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            relays.difference_update(ways)
            writer.close()
            there[1].close()

    server = await asyncio.start_server(relay, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for task in relays:
            task.cancel()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(READ_BYTES):
            writer.write(part)
            await writer.drain()
