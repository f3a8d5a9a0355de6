"""Queries that never run because every process is in use: what callers get, and that nothing remains."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.support.api import locked, running_api
from tests.support.demo import Demo
from tests.support.session_client import SessionClient, open_session
from tests.support.waiting import until


@asynccontextmanager
async def crowded(demo: Demo, **settings: str) -> AsyncIterator[tuple[SessionClient, SessionClient]]:
    """A session that has the only process, and one that has none."""
    settings = {"MAX_SESSIONS": "1", "WARM_WORKERS": "0", **settings}
    async with (
        running_api(demo, **settings) as api,
        open_session(api.client) as busy,
        open_session(api.client) as session,
    ):
        await busy.send("demo:stream 400 20")
        await busy.wait_for("text_delta")
        yield busy, session


async def test_a_refused_query_does_not_change_the_mode(demo: Demo) -> None:
    async with crowded(demo, QUEUE_LIMIT="0") as (_, session):
        options = {"sessionId": session.id, "permissionMode": "acceptEdits"}
        refused = await session.client.post("/query", json={"prompt": "demo:say x", "options": options})
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")

        async def is_as_it_was() -> bool:
            return bool((await session.info())["permissionMode"] == "default")

        await until(is_as_it_was, seconds=5)


async def test_a_query_that_stops_waiting_does_not_change_the_mode(demo: Demo) -> None:
    async with crowded(demo) as (busy, session):
        options = {"sessionId": session.id, "permissionMode": "acceptEdits"}
        with pytest.raises(httpx2.TimeoutException):
            await session.client.post("/query", json={"prompt": "demo:say x", "options": options}, timeout=0.5)
        await session.wait_for("turn_withdrawn")
        assert (await session.info())["permissionMode"] == "default"
        await busy.client.post(f"{busy.url}/interrupt")
        turn = await session.send("demo:write written.txt by a prompt")
        opened = await session.wait_for("request_opened")
        await session.answer(opened.data["request"]["id"], decision="deny")
        await session.end_of(turn)


@pytest.mark.parametrize("continues", [True, False], ids=["in a session", "alone"])
async def test_a_query_that_waits_too_long_is_refused(demo: Demo, continues: bool) -> None:
    async with crowded(demo) as (_, session):
        options = {"timeoutSeconds": 1} | ({"sessionId": session.id} if continues else {"maxTurns": 3})
        answer = await session.client.post("/query", json={"prompt": "demo:say x", "options": options})
        assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
        assert answer.json()["sessionId"]


async def test_a_query_whose_timeout_passes_before_it_is_queued_ends(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_session(api.client) as session:
        await session.ask("demo:say hello")
        options = {"sessionId": session.id, "timeoutSeconds": 1}
        with locked(api):
            asking = asyncio.create_task(api.client.post("/query", json={"prompt": "demo:hang", "options": options}))
            await asyncio.sleep(1.5)
        answer = await asking
        assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
        assert not (await session.ask("demo:say it goes on")).data["isError"]
