"""A small load balancer: each connection goes to the next healthy replica."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import httpx2

from tests.support.network import NO_TLS, READ_BYTES

CHECK_SECONDS = 0.3
"""Time between two health checks of a replica."""
HEALTH_TIMEOUT = 2.0
"""Seconds after which a replica that does not answer counts as unhealthy."""


@contextmanager
def running_balancer(port: int, replicas: Sequence[int], *, checks_health: bool = False) -> Iterator[None]:
    """Runs a load balancer on the port until the block ends.

    It runs in its own thread with its own event loop, because every test has a different loop.

    Args:
        replicas: the replicas' ports; a replica that refuses the connection is skipped.
        checks_health: whether to skip replicas whose `/health` is not 200 too, unless all of them are unhealthy.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    balancer = _listening(port, replicas, checks_health=checks_health)
    asyncio.run_coroutine_threadsafe(balancer.__aenter__(), loop).result()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(balancer.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@asynccontextmanager
async def _listening(port: int, replicas: Sequence[int], *, checks_health: bool) -> AsyncIterator[None]:
    turn = 0
    unhealthy: set[int] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        candidates = [replica for replica in replicas if replica not in unhealthy] or replicas
        for _ in candidates:
            turn += 1
            with suppress(OSError):
                upstream = await asyncio.open_connection("127.0.0.1", candidates[turn % len(candidates)])
                break
        else:
            writer.close()
            return
        copies = [asyncio.create_task(_copy(reader, upstream[1])), asyncio.create_task(_copy(upstream[0], writer))]
        try:
            await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for copy in copies:
                copy.cancel()
            writer.close()
            upstream[1].close()

    async def check_health(replica: int) -> None:
        async with httpx2.AsyncClient(timeout=HEALTH_TIMEOUT, trust_env=False, verify=NO_TLS) as client:
            while True:
                is_healthy = False
                with suppress(httpx2.HTTPError):
                    answer = await client.get(f"http://127.0.0.1:{replica}/health")
                    is_healthy = answer.status_code == httpx2.codes.OK
                unhealthy.discard(replica) if is_healthy else unhealthy.add(replica)
                await asyncio.sleep(CHECK_SECONDS)

    server = await asyncio.start_server(relay, "127.0.0.1", port)
    checks = [asyncio.create_task(check_health(replica)) for replica in replicas if checks_health]
    try:
        yield
    finally:
        server.close()
        tasks = {*checks, *asyncio.all_tasks()} - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(READ_BYTES):
            writer.write(part)
            await writer.drain()
