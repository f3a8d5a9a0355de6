"""`python -m bench.gateway`: the start-up time, the time that the gateway adds to a request, and /health under load."""

import asyncio
import sys
import time
from contextlib import suppress

import httpx2

from bench.numbers import median, percentile
from bench.result import Result, report
from tests.support.api import api_client
from tests.support.deployment import Deployment, running_deployment

KEY = "a-key-for-the-benches-0123456789"
REQUESTS, CALLERS, LOAD_SECONDS = 300, 8, 10
MOST_STARTING_MS, MOST_ADDED_MS, MOST_HEALTH_MS = 6000, 5, 50


async def measure() -> list[Result]:
    """Measures everything on one deployment."""
    began = time.perf_counter()
    async with running_deployment(CLAUDE_CODE_SDK_CONTAINER_API_KEY=KEY, MAX_SESSIONS=str(CALLERS)) as deployment:
        started = (time.perf_counter() - began) * 1000
        async with httpx2.AsyncClient(base_url=deployment.url, headers={"X-API-Key": KEY}, timeout=60) as outside:
            hop = await through_the_gateway(outside, deployment)
            health = await under_load(outside)
    return [Result(what="start.sh to healthy", ours=started, budget=MOST_STARTING_MS), *hop, *health]


async def through_the_gateway(outside: httpx2.AsyncClient, deployment: Deployment) -> list[Result]:
    """Sends the same request through the gateway and to the api's socket, alternately."""
    times: tuple[list[float], list[float]] = ([], [])
    async with api_client(deployment.run_dir / "api.sock") as inside:
        for _ in range(REQUESTS):
            for client, into in ((outside, times[0]), (inside, times[1])):
                into.append(await took(client, "/version"))
    a, b = median(times[1]), median(times[0])
    return [
        Result(what="GET /version, p50", ours=b, baseline=a, peer="the api's own socket", budget=a + MOST_ADDED_MS),
        Result(what="GET /version, p99", ours=percentile(times[0], 0.99), baseline=percentile(times[1], 0.99)),
    ]


async def under_load(client: httpx2.AsyncClient) -> list[Result]:
    """Measures GET /health while every session slot streams."""
    idle = [await took(client, "/health") for _ in range(100)]
    callers = [asyncio.create_task(keep_asking(client)) for _ in range(CALLERS)]
    busy = []
    until = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < until:
        busy.append(await took(client, "/health"))
        await asyncio.sleep(0.02)
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    a, b = percentile(idle, 0.95), percentile(busy, 0.95)
    what = f"GET /health, p95, {CALLERS} queries at once"
    return [Result(what=what, ours=b, baseline=a, peer="an idle deployment", budget=MOST_HEALTH_MS)]


async def keep_asking(client: httpx2.AsyncClient) -> None:
    while True:
        with suppress(httpx2.HTTPError):
            await client.post("/query", json={"prompt": "demo:stream 50 20"})


async def took(client: httpx2.AsyncClient, path: str) -> float:
    """Returns the milliseconds until the complete answer."""
    began = time.perf_counter()
    (await client.get(path)).raise_for_status()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure())))
