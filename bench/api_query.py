"""Compares `POST /query` with a server that calls the SDK's `query()` for every request.

    python -m bench.api_query [rounds]

Measures the time to the first token, finished queries per second with 1, 4 and 16 callers, and the time that our stack
adds to a connected `ClaudeSDKClient`. The peer also uses Quart on Hypercorn on a unix socket.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import claude_agent_sdk as sdk
import httpx2

from bench.numbers import median
from bench.processes import running_api_on_demo
from bench.result import Result, report
from tests.support.api import Api, api_client, sse_events
from tests.support.demo import Demo
from tests.support.process import running

PROMPT = "demo:say hello"
CALLERS = (1, 4, 16)
PEER = "a server that calls query() each time"
MOST_ADDED_MS = 15
MOST_OF_PEER = 0.15
TIMES_PEER = 4
RATE_SECONDS = 8.0
"""The time for which callers send queries."""


async def measure(rounds: int) -> list[Result]:
    """Measures our api and the peer."""
    async with running_api_on_demo(MAX_SESSIONS="10", WARM_WORKERS="1") as (api, demo), peer(demo, api) as socket:
        async with api_client(socket) as theirs:
            await ask(theirs)
            await ask(api.client)
            first = await first_tokens(theirs, api.client, rounds)
            rates = [await throughput(theirs, api.client, callers) for callers in CALLERS]
        return [first, *rates, await overhead(api, demo, rounds)]


async def first_tokens(theirs: httpx2.AsyncClient, ours: httpx2.AsyncClient, rounds: int) -> Result:
    """Measures both servers alternately, so that noise affects both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for client, found in zip((theirs, ours), times, strict=True):
            found.append(await first_token(client))
            await asyncio.sleep(0.3)  # the worker is cleared in this time; real callers pause for longer
    a, b = median(times[0]) * 1000, median(times[1]) * 1000
    return Result(what="POST /query, time to first token", ours=b, baseline=a, peer=PEER, budget=a * MOST_OF_PEER)


async def first_token(client: httpx2.AsyncClient) -> float:
    start = time.perf_counter()
    found = 0.0
    async with client.stream("POST", "/query", json={"prompt": PROMPT, "stream": True}) as response:
        async for event in sse_events(response):
            if event.event == "text_delta" and not found:
                found = time.perf_counter() - start
    return found


async def throughput(theirs: httpx2.AsyncClient, ours: httpx2.AsyncClient, callers: int) -> Result:
    """Compares the finished queries per second."""
    a, b = [await rate(client, callers, RATE_SECONDS) for client in (theirs, ours)]
    what = f"POST /query, {callers} caller{'s' if callers > 1 else ''}"
    return Result(what=what, ours=b, unit="/s", baseline=a, peer=PEER, budget=a * TIMES_PEER, more_is_better=True)


async def rate(client: httpx2.AsyncClient, callers: int, seconds: float) -> float:
    """Returns the finished queries per second of callers who keep sending queries, including the last ones."""
    start = time.perf_counter()

    async def caller() -> int:
        finished = 0
        while time.perf_counter() - start < seconds:
            finished += await ask(client)
        return finished

    finished = await asyncio.gather(*(caller() for _ in range(callers)))
    return sum(finished) / (time.perf_counter() - start)


async def ask(client: httpx2.AsyncClient) -> bool:
    """Sends a query; returns whether the answer was right, because an overloaded server may fail."""
    answer = await client.post("/query", json={"prompt": PROMPT}, timeout=120)
    if answer.status_code != httpx2.codes.OK:
        print(f"  {answer.status_code}: {answer.text[:200]}", file=sys.stderr)
    return answer.status_code == httpx2.codes.OK and answer.json()["response"] == "hello"


async def overhead(api: Api, demo: Demo, rounds: int) -> Result:
    """Compares a prompt in a session with a running process to a prompt on a bare client."""
    made = (await api.client.post("/sessions", json={})).json()
    url = f"/sessions/{made['id']}/messages"
    headers = {"Accept": "text/event-stream"}

    async def ours() -> float:
        start = time.perf_counter()
        async with api.client.stream("POST", url, json={"prompt": PROMPT}, headers=headers) as response:
            async for event in sse_events(response):
                if event.event == "text_delta":
                    found = time.perf_counter() - start
        return found

    options = sdk.ClaudeAgentOptions(
        env={**demo.environment, "HOME": str(api.folder), "CLAUDE_CONFIG_DIR": str(api.folder / "bare")},
        cwd=api.workspace,
        include_partial_messages=True,
        system_prompt={"type": "preset", "preset": "claude_code"},
        setting_sources=["user"],
    )
    async with sdk.ClaudeSDKClient(options) as client:

        async def bare() -> float:
            start = time.perf_counter()
            await client.query(PROMPT)
            found = 0.0
            async for message in client.receive_response():
                if not found and isinstance(message, sdk.StreamEvent) and "delta" in message.event:
                    found = time.perf_counter() - start
            return found

        times = await alternate(bare, ours, rounds * 2)
    a, b = median(times[0]) * 1000, median(times[1]) * 1000
    name = "prompt in a running session, first token"
    return Result(what=name, ours=b, baseline=a, peer="a bare ClaudeSDKClient", budget=a + MOST_ADDED_MS)


async def alternate(
    one: Callable[[], Awaitable[float]], other: Callable[[], Awaitable[float]], rounds: int
) -> tuple[list[float], list[float]]:
    await one(), await other()
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for measure, times in zip((one, other), found, strict=True):
            times.append(await measure())
            await asyncio.sleep(0.1)
    return found


@asynccontextmanager
async def peer(demo: Demo, api: Api) -> AsyncIterator[Path]:
    """Runs the peer as a process; yields its socket."""
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        socket = Path(folder) / "peer.sock"
        environment = {
            **demo.environment,
            "HOME": folder,
            "CLAUDE_CONFIG_DIR": f"{folder}/claude",
            "PEER_SOCKET": str(socket),
            "PEER_CWD": str(api.workspace),
        }

        async def ready() -> bool:
            return socket.exists()

        async with running("bench.api_query_peer", environment, ready=ready, log=Path(folder) / "log"):
            yield socket


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 16))))
