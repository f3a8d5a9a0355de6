"""Calls the API without keeping a connection or a subscription open between calls."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from tests.support.api import sse_events
from tests.support.waiting import until

SECONDS = 40.0


async def ask(client: httpx2.AsyncClient, prompt: str, **options: object) -> dict[str, Any]:  # JSON
    """Returns the answer of a successful `POST /query`."""
    answer = await client.post("/query", json={"prompt": prompt, "options": options})
    assert answer.status_code == httpx2.codes.OK, answer.text
    return dict(answer.json())


async def new_session(client: httpx2.AsyncClient, **body: object) -> str:
    """Creates a session; returns its id."""
    return str((await client.post("/sessions", json=body)).raise_for_status().json()["id"])


async def until_found(client: httpx2.AsyncClient, session: str) -> None:
    """Waits until the session can be read."""

    async def is_found() -> bool:
        return (await client.get(f"/sessions/{session}")).status_code == httpx2.codes.OK

    await until(is_found, seconds=60)


async def send(client: httpx2.AsyncClient, session: str, prompt: str) -> str:
    """Sends a prompt; returns the turn's id."""
    answer = await client.post(f"/sessions/{session}/messages", json={"prompt": prompt})
    assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
    return str(answer.json()["turnId"])


async def say(client: httpx2.AsyncClient, session: str, prompt: str) -> str:
    """Sends a prompt, allows every permission request of its turn, and returns the text of Claude's answer."""
    url, headers = f"/sessions/{session}", {"Accept": "text/event-stream"}
    texts: dict[str, str] = {}
    async with client.stream("POST", f"{url}/messages", json={"prompt": prompt}, headers=headers) as answer:
        async for event in sse_events(answer):
            if event.event == "request_opened":
                await client.post(f"{url}/requests/{event.data['request']['id']}", json={"decision": "allow"})
            elif event.event == "message" and event.data["message"]["role"] == "assistant":
                message = event.data["message"]
                texts[message["id"]] = "".join(block.get("text", "") for block in message["content"])
    return "".join(texts.values())


async def events(client: httpx2.AsyncClient, session: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:  # JSON
    """Yields the session's events until the connection ends."""
    async with client.stream("GET", f"/sessions/{session}/events", params={"after": after}) as answer:
        assert answer.status_code == httpx2.codes.OK, await answer.aread()
        async for event in sse_events(answer):
            yield event.data


async def read_until(client: httpx2.AsyncClient, session: str, kind: str, after: int = 0) -> list[dict[str, Any]]:
    """Returns the session's events up to the first of that type.

    Raises:
        TimeoutError: no such event arrived in time.
    """
    seen = []
    async with asyncio.timeout(SECONDS):
        async for event in events(client, session, after):
            seen.append(event)
            if event["type"] == kind:
                return seen
    raise AssertionError(f"the stream ended before a {kind}: {seen[-3:]}")


async def turn_ends(client: httpx2.AsyncClient, session: str, number: int) -> AsyncIterator[dict[str, Any]]:
    """Yields the first `number` events that end a turn in the session."""
    async for event in events(client, session):
        if event["type"] == "turn_finished":
            yield event
            number -= 1
        if not number:
            return
