"""A load balancer in a few lines: each connection goes to the next replica that is well."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import httpx2

from tests.support.network import NO_TLS

READ_BYTES = 1 << 16
LOOK_SECONDS = 0.3
PATIENCE = 2.0
"""Seconds after which a replica that says nothing counts as ill."""


@contextmanager
def balancing(port: int, behind: Sequence[int], *, asks_health: bool = False) -> Iterator[None]:
    """Listens on the port as long as the block lasts, in a thread of its own: each test has a loop of its own.

    Args:
        behind: the replicas' ports; one that refuses is passed over.
        asks_health: whether one whose `/health` is not 200 is passed over too; when all are ill, none is.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    balancer = _balancing(port, behind, asks_health=asks_health)
    asyncio.run_coroutine_threadsafe(balancer.__aenter__(), loop).result()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(balancer.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@asynccontextmanager
async def _balancing(port: int, behind: Sequence[int], *, asks_health: bool) -> AsyncIterator[None]:
    turn = 0
    ill: set[int] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        well = [there for there in behind if there not in ill] or behind
        for _ in well:
            turn += 1
            with suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", well[turn % len(well)])
                break
        else:
            writer.close()
            return
        ways = [asyncio.create_task(_copy(reader, there[1])), asyncio.create_task(_copy(there[0], writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.close()
            there[1].close()

    async def look_after(there: int) -> None:
        async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False, verify=NO_TLS) as client:
            while True:
                is_well = False
                with suppress(httpx2.HTTPError):
                    is_well = (await client.get(f"http://127.0.0.1:{there}/health")).status_code == httpx2.codes.OK
                ill.discard(there) if is_well else ill.add(there)
                await asyncio.sleep(LOOK_SECONDS)

    server = await asyncio.start_server(relay, "127.0.0.1", port)
    looks = [asyncio.create_task(look_after(there)) for there in behind if asks_health]
    try:
        yield
    finally:
        server.close()
        tasks = {*looks, *asyncio.all_tasks()} - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(READ_BYTES):
            writer.write(part)
            await writer.drain()
