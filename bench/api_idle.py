"""Measures the memory of the api for each parked session.

    python -m bench.api_idle [sessions]

Half of the sessions come from queries on workers, half are sessions with their own process. The limit is 0.5 MB each.
"""

import asyncio
import sys

from bench.processes import for_each, memory, running_api_on_demo
from bench.result import Result, report
from tests.support.api import Api
from tests.support.session_client import open_session

LIMIT = 0.5
WARM_UP = 20


async def measure(sessions: int) -> list[Result]:
    """Measures the memory in megabytes when every session is parked."""
    async with running_api_on_demo(IDLE_TIMEOUT="1", WARM_WORKERS="1", MAX_SESSIONS="4") as (api, _):
        await use(api, WARM_UP)  # loads everything that is loaded only once
        await wait_parked(api)
        before = memory(api.pid)
        await use(api, sessions)
        await wait_parked(api)
        each = (memory(api.pid) - before) / sessions / 1e6
        return [
            Result(what=f"memory for each of {sessions} parked sessions", ours=each, unit="MB", budget=LIMIT),
            Result(what="memory of the api with them", ours=memory(api.pid) / 1e6, unit="MB"),
        ]


async def use(api: Api, sessions: int) -> None:
    """Creates sessions with one turn each."""

    async def make(number: int) -> None:
        if number % 2:
            async with open_session(api.client) as session:
                await session.ask(f"demo:stream 100 0 {number}")
        else:
            await api.client.post("/query", json={"prompt": f"demo:stream 100 0 {number}"})

    await for_each(range(sessions), make)


async def wait_parked(api: Api) -> None:
    """Waits until every session is parked."""
    while in_memory((await api.client.get("/metrics")).text):
        await asyncio.sleep(0.5)


def in_memory(metrics: str) -> float:
    """Returns the number of sessions in the api's memory; parked sessions are only in its database.

    Raises:
        LookupError: the metrics do not contain the number of sessions.
    """
    counts = [float(line.split()[1]) for line in metrics.splitlines() if line.startswith("claude_sessions{")]
    if not counts:
        raise LookupError("/metrics has no claude_sessions")
    return sum(counts)


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200))))
