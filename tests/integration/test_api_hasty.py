"""Senders of prompts who leave at once: what they sent waits in line, or is nowhere."""

import random
from contextlib import suppress

import httpx2

from tests.parts.api import Api, running_api
from tests.parts.api_database import database
from tests.parts.demo import Demo
from tests.parts.talk import Talk, talk
from tests.parts.waiting import until

TRIES = 45


def stored(api: Api, session_id: str) -> set[str]:
    """The turns that would run after the next start."""
    with database(api) as connection:
        wanted = "SELECT id FROM turns WHERE session_id = ? AND state = 'queued'"
        return {found for (found,) in connection.execute(wanted, (session_id,))}


def in_line(session: Talk) -> set[str]:
    """The turns that were told to wait."""
    return {event.data["turnId"] for event in session.of("turn_queued")}


async def test_a_prompt_whose_sender_left_is_in_line_or_nowhere(demo: Demo) -> None:
    moments = random.Random(1)
    async with running_api(demo, MAX_SESSIONS="1", WARM_WORKERS="0") as api, talk(api.client) as busy:
        await busy.send("demo:stream 2000 20")
        await busy.wait_for("text_delta")
        for _ in range(6):
            async with talk(api.client) as session:
                for _ in range(TRIES):
                    with suppress(httpx2.TimeoutException):
                        url, body = f"{session.url}/messages", {"prompt": "demo:say x"}
                        await api.client.post(url, json=body, timeout=moments.uniform(0.002, 0.01))
                await until(lambda: stored(api, session.id) == in_line(session))
            await api.client.delete(session.url)
