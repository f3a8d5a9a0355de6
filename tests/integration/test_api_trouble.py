"""While the disk takes nothing, turns end and are told; once it does again, all of it is written down."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.parts.api import Api, api_client, running_api
from tests.parts.demo import Demo
from tests.parts.talk import Talk, listening, talk

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(demo: Demo) -> AsyncIterator[Api]:
    async with running_api(demo, WARM_WORKERS="1") as running:
        yield running


@contextmanager
def full_disk(api: Api) -> Iterator[None]:
    """No file of the api may grow, as on a disk without a free byte."""
    before = resource.prlimit(api.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(api.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(api.pid, resource.RLIMIT_FSIZE, before)


async def ends(session: Talk) -> list[str]:
    """The turns that ended, by a subscriber who comes now."""
    async with listening(session.client, session.id) as late:
        await late.wait_for("turn_finished")
        async with asyncio.timeout(1):
            while len(late.of("turn_finished")) < len(session.of("turn_finished")):
                await asyncio.sleep(0.05)
        return [event.data["turnId"] for event in late.of("turn_finished")]


async def test_prompts_that_were_accepted_end_once_though_the_disk_was_full_meanwhile(api: Api) -> None:
    async with talk(api.client) as session:
        running = await session.send("demo:stream 40 20")
        waiting = [await session.send("demo:say second"), await session.send("demo:say third")]
        await session.wait_for("text_delta")
        with full_disk(api):
            assert (await session.end_of(running)).data["stopReason"] == "end_turn"
            refused = await api.client.post(f"{session.url}/messages", json={"prompt": "demo:say lost?"})
            assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
            assert "Retry-After" in refused.headers
        for turn in waiting:
            assert (await session.end_of(turn)).data["isError"] is False
        turns = [running, *waiting]
        assert [event.data["turnId"] for event in session.of("turn_finished")] == turns
        await written(session, len(turns))
        await api.kill()
        await api.start()
        assert await ends(session) == turns


async def written(session: Talk, turns: int) -> None:
    """Waits until what was told is in storage too, so that the session may be forgotten."""
    async with asyncio.timeout(30):
        while (await session.info())["numTurns"] < turns:
            await asyncio.sleep(0.1)


async def test_queries_and_workers_come_back_by_themselves(api: Api) -> None:
    with full_disk(api):
        failed = await api.client.post("/query", json={"prompt": "demo:say hello"})
        assert failed.status_code == 503
    async with asyncio.timeout(30):
        while True:
            answer = await api.client.post("/query", json={"prompt": "demo:say hello"})
            if answer.status_code == 200:
                break
    assert answer.json()["response"] == "hello"
    metrics = (await api.client.get("/metrics")).text
    assert 'claude_workers{state="busy"} 0.0' in metrics.replace("\r", "")


async def test_a_connection_that_was_closed_costs_nothing_soon(api: Api) -> None:
    before = open_files(api)
    for _ in range(40):
        async with api_client(api.socket) as client:
            await client.get("/health")
    async with asyncio.timeout(30):
        while open_files(api) > before + 20:
            await asyncio.sleep(0.2)


def open_files(api: Api) -> int:
    return len(list(Path(f"/proc/{api.pid}/fd").iterdir()))
