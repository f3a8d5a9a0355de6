"""A caller of the API who keeps no connection: what is asked for is read, and no more."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from tests.support.api import sse_events
from tests.support.waiting import until

SECONDS = 40.0


async def ask(client: httpx2.AsyncClient, prompt: str, **options: object) -> dict[str, Any]:  # JSON
    """The good answer of `POST /query`."""
    answer = await client.post("/query", json={"prompt": prompt, "options": options})
    assert answer.status_code == httpx2.codes.OK, answer.text
    return dict(answer.json())


async def new_session(client: httpx2.AsyncClient, **body: object) -> str:
    """A session's id."""
    return str((await client.post("/sessions", json=body)).raise_for_status().json()["id"])


async def until_found(client: httpx2.AsyncClient, session: str) -> None:
    """Waits until whoever is asked can have the session."""

    async def is_found() -> bool:
        return (await client.get(f"/sessions/{session}")).status_code == httpx2.codes.OK

    await until(is_found, seconds=60)


async def send(client: httpx2.AsyncClient, session: str, prompt: str) -> str:
    """Sends a prompt; the turn's id."""
    answer = await client.post(f"/sessions/{session}/messages", json={"prompt": prompt})
    assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
    return str(answer.json()["turnId"])


async def say(client: httpx2.AsyncClient, session: str, prompt: str) -> str:
    """Sends a prompt and reads to the end of its turn, allowing what is asked; what Claude said."""
    url, headers = f"/sessions/{session}", {"Accept": "text/event-stream"}
    said: dict[str, str] = {}
    async with client.stream("POST", f"{url}/messages", json={"prompt": prompt}, headers=headers) as answer:
        async for event in sse_events(answer):
            if event.event == "request_opened":
                await client.post(f"{url}/requests/{event.data['request']['id']}", json={"decision": "allow"})
            elif event.event == "message" and event.data["message"]["role"] == "assistant":
                message = event.data["message"]
                said[message["id"]] = "".join(block.get("text", "") for block in message["content"])
    return "".join(said.values())


async def events(client: httpx2.AsyncClient, session: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:  # JSON
    """The session's events as they come, until the connection ends."""
    async with client.stream("GET", f"/sessions/{session}/events", params={"after": after}) as answer:
        assert answer.status_code == httpx2.codes.OK, await answer.aread()
        async for event in sse_events(answer):
            yield event.data


async def read_until(client: httpx2.AsyncClient, session: str, kind: str, after: int = 0) -> list[dict[str, Any]]:
    """The session's events up to the first of that type.

    Raises:
        TimeoutError: none came in time.
    """
    seen = []
    async with asyncio.timeout(SECONDS):
        async for event in events(client, session, after):
            seen.append(event)
            if event["type"] == kind:
                return seen
    raise AssertionError(f"the stream ended before a {kind}: {seen[-3:]}")


async def turn_ends(client: httpx2.AsyncClient, session: str, number: int) -> AsyncIterator[dict[str, Any]]:
    """The first `number` ends of turns in the session."""
    async for event in events(client, session):
        if event["type"] == "turn_finished":
            yield event
            number -= 1
        if not number:
            return
