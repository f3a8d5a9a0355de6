"""Drives one session over HTTP and records all its events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.support.api import SseEvent, sse_events

SECONDS = 30.0


@dataclass(slots=True, kw_only=True)
class SessionClient:
    """A session and a subscription to its events."""

    client: httpx2.AsyncClient
    id: str
    received: list[SseEvent] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"/sessions/{self.id}"

    async def send(self, prompt: str, **body: Any) -> str:
        """Sends a prompt; returns the turn's id."""
        answer = await self.client.post(f"{self.url}/messages", json={"prompt": prompt, **body})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["turnId"])

    async def begin(self, prompt: str) -> str:
        """Sends a prompt and waits for the first text of the answer; returns the turn's id."""
        turn = await self.send(prompt)
        await self.wait_for("text_delta", lambda data: data["turnId"] == turn)
        return turn

    async def ask(self, prompt: str, **body: Any) -> SseEvent:
        """Sends a prompt and waits for the event that ends its turn."""
        return await self.end_of(await self.send(prompt, **body))

    async def end_of(self, turn_id: str) -> SseEvent:
        return await self.wait_for("turn_finished", lambda data: data.get("turnId") == turn_id)

    async def wait_for(self, kind: str, fits: Callable[[Any], bool] = lambda _: True) -> SseEvent:
        """Returns the first matching event of that kind; waits if it has not arrived yet."""
        async with asyncio.timeout(SECONDS):
            while True:
                found = [event for event in self.received if event.event == kind and fits(event.data)]
                if found:
                    return found[0]
                self._more.clear()
                await self._more.wait()

    def of(self, kind: str, turn_id: str | None = None) -> list[SseEvent]:
        """Returns the received events of that kind, of one turn or of all."""
        return [event for event in self.received if event.event == kind and turn_id in (None, event.data.get("turnId"))]

    def kinds(self, turn_id: str) -> list[str]:
        """Returns the kinds of a turn's events in order."""
        return [event.event for event in self.received if event.data.get("turnId") == turn_id]

    async def answer(self, request_id: str, **answer: Any) -> httpx2.Response:
        return await self.client.post(f"{self.url}/requests/{request_id}", json=answer)

    async def info(self) -> Any:  # JSON
        return (await self.client.get(self.url)).json()

    async def messages(self) -> list[Any]:  # JSON
        return list((await self.client.get(f"{self.url}/messages")).json()["messages"])

    async def listen(self, after: int = 0) -> None:
        """Records every event after that number until it is cancelled or the connection ends."""
        with suppress(httpx2.HTTPError):
            async with self.client.stream("GET", f"{self.url}/events", params={"after": after}) as response:
                async for event in sse_events(response):
                    self.received.append(event)
                    self._more.set()


@asynccontextmanager
async def open_session(client: httpx2.AsyncClient, **body: Any) -> AsyncIterator[SessionClient]:
    """Creates a session and subscribes to it."""
    answer = await client.post("/sessions", json=body)
    assert answer.status_code == 201, answer.text
    async with subscribed(client, answer.json()["id"]) as session:
        yield session


@asynccontextmanager
async def subscribed(client: httpx2.AsyncClient, session_id: str, *, after: int = 0) -> AsyncIterator[SessionClient]:
    """Subscribes to an existing session."""
    session = SessionClient(client=client, id=session_id)
    listener = asyncio.create_task(session.listen(after))
    try:
        yield session
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener


def texts(messages: list[Any]) -> list[str]:
    """Returns the texts of messages, each with its role: `user: …`."""
    return [
        f"{message['role']}: {block['text']}"
        for message in messages
        for block in message["content"]
        if block["type"] == "text"
    ]
