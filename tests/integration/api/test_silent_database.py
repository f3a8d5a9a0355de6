"""A database that does not answer: callers get an error soon, and everything continues when it answers again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from tests.support.api import Api, running_api
from tests.support.cuttable_proxy import CuttableProxy, running_cuttable_proxy
from tests.support.demo import Demo
from tests.support.postgres import Postgres
from tests.support.session_client import open_session, texts

SOON = 45.0
"""Seconds: a statement may take 10, its transaction is taken back, and the machine may be busy."""


@asynccontextmanager
async def api_on_a_line(demo: Demo, postgres: Postgres, **settings: str) -> AsyncIterator[tuple[Api, CuttableProxy]]:
    url = await postgres.make_database()
    async with (
        running_cuttable_proxy(postgres.folder) as line,
        running_api(demo, DATABASE_URL=line.url_through(url), WARM_WORKERS="0", **settings) as api,
    ):
        yield api, line


async def until_answered(client: httpx2.AsyncClient, path: str) -> list[int]:
    """Asks until the answer is good; the statuses of those that were not."""
    refusals = []
    async with asyncio.timeout(2 * SOON):
        while (answer := await client.get(path, timeout=SOON)).status_code != httpx2.codes.OK:
            refusals.append(answer.status_code)
            assert answer.headers.get("Retry-After") or path == "/health"
            await asyncio.sleep(0.2)
    return refusals


async def test_callers_get_an_error_from_a_silent_database_and_turns_continue(demo: Demo, postgres: Postgres) -> None:
    async with api_on_a_line(demo, postgres) as (api, line), open_session(api.client) as session:
        await session.ask("demo:say before")
        turn = await session.begin("demo:stream 100 20")
        line.hang()
        health, asked = await asyncio.gather(
            api.client.get("/health", timeout=SOON), api.client.post("/sessions", json={}, timeout=SOON)
        )
        assert health.status_code == 503
        assert (asked.status_code, asked.json()["code"]) == (503, "database_unavailable")
        line.cut()
        await line.restore()
        assert set(await until_answered(api.client, session.url)) <= {503}
        assert (await session.end_of(turn)).data["stopReason"] == "end_turn"
        async with asyncio.timeout(SOON):
            while "word99" not in texts(await session.messages())[-1]:
                await asyncio.sleep(0.2)
        assert "request_crashed" not in api.log.read_text()


async def test_silently_broken_connections_do_not_lose_a_lease(demo: Demo, postgres: Postgres) -> None:
    async with api_on_a_line(demo, postgres, LEASE_SECONDS="9") as (api, line), open_session(api.client) as session:
        pages = (api.client.get("/sessions") for _ in range(8))  # each on a connection of its own
        assert {answer.status_code for answer in await asyncio.gather(*pages)} == {200}
        turn = await session.begin("demo:stream 600 20")
        line.hang_open_connections()
        assert set(await until_answered(api.client, "/sessions")) <= {503}
        assert (await session.end_of(turn)).data["stopReason"] == "end_turn"
        log = api.log.read_text()
        assert "sessions_lost" not in log
        assert "request_crashed" not in log
