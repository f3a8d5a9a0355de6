"""Measures one and two replicas on one PostgreSQL: queries per second, event lag, and the cost of storing transcripts.

    python -m bench.replicas [seconds for each rate]

All replicas share the cores of this machine, so the result shows the cost of sharing, not the gain of a second machine.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime

import httpx2

from bench.api_query import ask, rate
from bench.numbers import percentile
from bench.processes import running_api_on_demo
from bench.result import Result, report
from tests.support.api import Api, api_client, running_api, sse_events
from tests.support.demo import Demo
from tests.support.network import free_port
from tests.support.postgres import Postgres, running_postgres

CALLERS = 4
LIMIT_MS = 100
MOST_SLOWER = 0.5
"""The minimum rate with PostgreSQL, as a share of the rate without stored transcripts."""


async def measure(seconds: float) -> list[Result]:
    """Measures everything in one run, so that noise affects everything."""
    with running_postgres() as server:
        postgres = Postgres(folder=server.folder)
        await postgres.wait_ready()
        shared = {"DATABASE_URL": await postgres.make_database(), "WARM_WORKERS": "1", "LOG_LEVEL": "warning"}
        async with AsyncExitStack() as running:
            sqlite, demo = await running.enter_async_context(running_api_on_demo(WARM_WORKERS="1"))
            bare = await running.enter_async_context(bare_api(demo))
            workspace = {"WORKSPACE_DIR": str(sqlite.workspace)}
            one, two = [
                await running.enter_async_context(running_api(demo, **shared, **workspace, **address()))
                for _ in range(2)
            ]
            clients = {"bare": [bare], "sqlite": [sqlite], "one": [one], "two": [one, two]}
            rates = {name: await best_rate([api.client for api in apis], seconds) for name, apis in clients.items()}
            near, far = await lags(one, one), await lags(one, two)
    none = rates["bare"]
    what, peer = f"POST /query, {CALLERS} callers", "no transcript stored"
    return [
        Result(what=f"{what}: SQLite", ours=rates["sqlite"], unit="/s", baseline=none, peer=peer, more_is_better=True),
        Result(
            what=f"{what}: PostgreSQL",
            ours=rates["one"],
            unit="/s",
            baseline=none,
            peer=peer,
            budget=none * MOST_SLOWER,
            more_is_better=True,
        ),
        Result(
            what=f"{what}: two replicas",
            ours=rates["two"],
            unit="/s",
            baseline=rates["one"],
            peer="one replica on the same cores",
            more_is_better=True,
        ),
        Result(
            what="event lag through another replica, p95",
            ours=percentile(far, 0.95) * 1000,
            baseline=percentile(near, 0.95) * 1000,
            peer="at the replica that runs the session",
            budget=LIMIT_MS,
        ),
    ]


def address() -> dict[str, str]:
    return {"REPLICA_URL": f"http://127.0.0.1:{free_port()}"}


def bare_api(demo: Demo) -> AbstractAsyncContextManager[Api]:
    return running_api(demo, module="bench.replicas_peer", WARM_WORKERS="1", LOG_LEVEL="warning")


async def best_rate(clients: Sequence[httpx2.AsyncClient], seconds: float) -> float:
    """Returns the better of two rates in finished queries per second; the callers are spread over the replicas."""
    for client in clients:
        await ask(client)
    callers = CALLERS // len(clients)
    tries = [await asyncio.gather(*(rate(client, callers, seconds) for client in clients)) for _ in "12"]
    return max(sum(found) for found in tries)


async def lags(home: Api, entrance: Api) -> list[float]:
    """Returns the seconds from each word's `at` to its arrival, for a session on `home` read from `entrance`."""
    session = (await home.client.post("/sessions", json={})).json()["id"]
    headers = {"Accept": "text/event-stream"}
    body = {"prompt": "demo:stream 100 20"}
    async with (
        api_client(entrance.socket) as client,
        client.stream("POST", f"/sessions/{session}/messages", json=body, headers=headers) as answer,
    ):
        return [
            time.time() - datetime.fromisoformat(event.data["at"]).timestamp()
            async for event in sse_events(answer)
            if event.event == "text_delta"
        ]


def main() -> int:
    """Measures and prints the results."""
    return report(asyncio.run(measure(float(sys.argv[1]) if len(sys.argv) > 1 else 4)))


if __name__ == "__main__":
    sys.exit(main())
