"""Queries that never run, because every process is in use: what they are told, and that nothing of them stays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.parts.api import running_api
from tests.parts.demo import Demo
from tests.parts.talk import Talk, talk


@asynccontextmanager
async def crowded(demo: Demo, **settings: str) -> AsyncIterator[tuple[Talk, Talk]]:
    """A session that has the only process, and one that has none."""
    settings = {"MAX_SESSIONS": "1", "WARM_WORKERS": "0", **settings}
    async with running_api(demo, **settings) as api, talk(api.client) as busy, talk(api.client) as session:
        await busy.send("demo:stream 400 20")
        await busy.wait_for("text_delta")
        yield busy, session


async def test_a_query_that_is_refused_leaves_the_mode_as_it_was(demo: Demo) -> None:
    async with crowded(demo, QUEUE_LIMIT="0") as (_, session):
        options = {"sessionId": session.id, "permissionMode": "acceptEdits"}
        refused = await session.client.post("/query", json={"prompt": "demo:say x", "options": options})
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        async with asyncio.timeout(5):
            while (await session.info())["permissionMode"] != "default":
                await asyncio.sleep(0.02)


async def test_a_query_that_leaves_the_line_leaves_the_mode_as_it_was(demo: Demo) -> None:
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
