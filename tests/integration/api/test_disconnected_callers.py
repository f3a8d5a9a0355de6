"""Callers that disconnect at once: a prompt is queued or not stored, and nothing is left half done."""

import asyncio
import os
import random
import signal
from contextlib import suppress

import httpx2

from tests.support.api import Api, database, running_api
from tests.support.demo import Demo
from tests.support.session_client import SessionClient, open_session
from tests.support.waiting import until

TRIES = 45


def stored(api: Api, session_id: str) -> set[str]:
    """The turns that would run after the next start."""
    with database(api) as connection:
        wanted = "SELECT id FROM turns WHERE session_id = ? AND state = 'queued'"
        return {found for (found,) in connection.execute(wanted, (session_id,))}


def in_line(session: SessionClient) -> set[str]:
    """The turns that were reported as queued."""
    return {event.data["turnId"] for event in session.of("turn_queued")}


async def test_a_prompt_of_a_disconnected_caller_is_queued_or_not_stored(demo: Demo) -> None:
    moments = random.Random(1)
    async with running_api(demo, MAX_SESSIONS="1", WARM_WORKERS="0") as api, open_session(api.client) as busy:
        await busy.send("demo:stream 2000 20")
        await busy.wait_for("text_delta")
        for _ in range(6):
            async with open_session(api.client) as session:
                for _ in range(TRIES):
                    with suppress(httpx2.TimeoutException):
                        url, body = f"{session.url}/messages", {"prompt": "demo:say x"}
                        await api.client.post(url, json=body, timeout=moments.uniform(0.002, 0.01))
                await until(lambda: stored(api, session.id) == in_line(session))
            await api.client.delete(session.url)


async def test_a_process_is_ended_even_if_the_caller_disconnects(demo: Demo) -> None:
    async with running_api(demo, MAX_SESSIONS="1", WARM_WORKERS="0") as api, open_session(api.client) as session:
        await session.ask("demo:say before")
        (frozen,) = api.claude_pids()
        os.kill(frozen, signal.SIGSTOP)  # its end takes seconds
        query = {"prompt": "demo:say x", "options": {"sessionId": session.id, "maxTurns": 3}}
        asking = asyncio.create_task(api.client.post("/query", json=query))

        async def is_parked() -> bool:
            return bool((await session.info())["state"] == "parked")

        await until(is_parked)
        asking.cancel()
        assert not (await session.ask("demo:say after")).data["isError"]
        assert frozen not in api.claude_pids()
