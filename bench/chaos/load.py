"""The load of the chaos test: clients that use the whole deployment and retry when they are refused."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx2
from httpx2.websockets import HTTPXWSException

from bench.chaos.record import Record
from bench.chaos.target import KEY, Target
from tests.support.api import sse_events
from tests.support.tab_client import TabClient

PROMPTS = ("demo:say hello", "demo:stream 60 20", "demo:run echo chaos", "demo:write chaos.txt hello", "demo:think")
HEADERS = {"X-API-Key": KEY}
TIMEOUT = 75.0
"""Seconds after which a call without an answer counts as hung; the gateway's own timeout is shorter."""
MOST_WAITING = 3


class Load:
    """All clients, which run until `over` is set."""

    def __init__(self, target: Target, record: Record) -> None:
        self.target = target
        self.record = record
        self.over = asyncio.Event()
        self.cookies: dict[str, str] = {}
        self.sessions: list[str] = []

    async def run(self, *, chat_clients: int, query_clients: int, tabs: int) -> None:
        """Runs the clients; call `sign_in` first."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.poll_health())
            for number in range(chat_clients):
                group.create_task(self.run_chat_client(number))
            for number in range(query_clients):
                group.create_task(self.run_query_client(is_streaming=number % 2 == 1))
            for number in range(tabs):
                group.create_task(self.run_tab(f"chaos-tab-{number:04}"))

    async def sign_in(self) -> None:
        """Signs in with the link that the deployment printed at its start."""
        async with self.new_client() as client:
            token = self.target.deployment.sign_in_link().partition("?t=")[2]
            answer = await client.post("/auth/verify", data={"t": token}, headers={"Origin": self.target.url})
            assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text
            self.cookies = dict(answer.cookies)

    def new_client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.target.url, headers=HEADERS, timeout=TIMEOUT)

    async def poll_health(self) -> None:
        """Requests /health four times a second and adds up the time without a 200."""
        async with httpx2.AsyncClient(base_url=self.target.url, timeout=2) as client:
            before = time.monotonic()
            while not self.over.is_set():
                try:
                    is_healthy = (await client.get("/health")).status_code == httpx2.codes.OK
                except httpx2.HTTPError:
                    is_healthy = False
                await asyncio.sleep(0.25)
                if not is_healthy:
                    self.record.phase.down += time.monotonic() - before
                before = time.monotonic()

    async def run_chat_client(self, number: int) -> None:
        """Keeps sending prompts to one session, follows its events, and allows its permission requests."""
        async with self.new_client() as client:
            session = await self.opened(client, number)
            self.sessions.append(session)
            progress = Progress()
            listening = asyncio.create_task(self.listen(session, progress))
            while not self.over.is_set():
                if len(progress.waiting) < MOST_WAITING:
                    await self.attempt("prompt", lambda: self.send(client, session, progress))
                else:
                    await self.allow(client, session)
                await asyncio.sleep(random.uniform(0.1, 0.6))
            # Leaving now would leave permission requests without an answer and turns without an end.
            deadline = time.monotonic() + TIMEOUT
            while progress.waiting and time.monotonic() < deadline:
                await self.allow(client, session)
                await asyncio.sleep(0.5)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def opened(self, client: httpx2.AsyncClient, number: int) -> str:
        made = await client.post("/sessions", json={"title": f"chaos {number}"})
        return str(made.raise_for_status().json()["id"])

    async def send(self, client: httpx2.AsyncClient, session: str, progress: "Progress") -> str:
        prompt = random.choice(PROMPTS)
        answer = await client.post(f"/sessions/{session}/messages", json={"prompt": prompt})
        if answer.status_code == httpx2.codes.ACCEPTED:
            turn = answer.json()["turnId"]
            self.record.accept(session, turn, prompt)
            progress.waiting.add(turn)
        return str(answer.status_code)

    async def listen(self, session: str, progress: "Progress") -> None:
        """Follows the session's events and reconnects at the last one."""
        while True:
            with suppress(httpx2.HTTPError):
                async with (
                    self.new_client() as client,
                    client.stream("GET", f"/sessions/{session}/events", params={"after": progress.seq}) as response,
                ):
                    async for event in sse_events(response):
                        progress.seq = max(progress.seq, int(event.id or 0))
                        if event.event == "turn_finished":
                            progress.waiting.discard(event.data.get("turnId"))
            self.record.count("reconnected streams")
            await asyncio.sleep(0.3)

    async def allow(self, client: httpx2.AsyncClient, session: str) -> None:
        """Allows the session's open permission requests, including those whose answer was lost."""
        with suppress(httpx2.HTTPError, KeyError, ValueError):
            for request in (await client.get(f"/sessions/{session}/requests")).json()["requests"]:
                await client.post(f"/sessions/{session}/requests/{request['id']}", json={"decision": "allow"})

    async def run_query_client(self, *, is_streaming: bool) -> None:
        """Sends queries one after another."""
        async with self.new_client() as client:
            while not self.over.is_set():
                await self.attempt("query", lambda: self.ask(client, is_streaming=is_streaming))
                await asyncio.sleep(random.uniform(0.05, 0.4))

    async def ask(self, client: httpx2.AsyncClient, *, is_streaming: bool) -> str:
        body = {"prompt": random.choice(PROMPTS[:3]), "stream": is_streaming, "options": {"timeoutSeconds": 60}}
        if not is_streaming:
            return str((await client.post("/query", json=body)).status_code)
        async with client.stream("POST", "/query", json=body) as response:
            events = [event.event async for event in sse_events(response)]
        return str(response.status_code) if response.is_error else (events or ["nothing"])[-1]

    async def run_tab(self, name: str) -> None:
        """Acts as a browser tab: draws frames, types, and reconnects when the connection breaks."""
        size = {"width": "100", "height": "30"}
        while not self.over.is_set():
            with suppress(HTTPXWSException, httpx2.HTTPError, OSError, TimeoutError, ExceptionGroup):
                headers = {"Origin": self.target.url, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
                async with (
                    httpx2.AsyncClient(base_url=self.target.url, headers=headers) as client,
                    client.websocket("/ws", params={"tab": name, **size}) as socket,
                ):
                    tab = TabClient(socket, 100, 30)
                    following = asyncio.create_task(tab.follow())
                    self.record.count("tabs connected")
                    while not self.over.is_set() and not following.done():
                        await tab.send("stdin", random.choice("abcdefgh\x7f"))
                        await asyncio.sleep(0.3)
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)
            await asyncio.sleep(0.5)

    async def attempt(self, what: str, act: Callable[[], Awaitable[str]]) -> None:
        """Makes a call and counts its result: an answer, an error, or no reaction at all."""
        began = time.monotonic()
        try:
            result = await act()
        except httpx2.TimeoutException:
            result = "hung"
            self.record.hung.append(f"{what} during {self.record.phase.name}, {time.monotonic() - began:.0f} s")
        except httpx2.HTTPError:
            result = "cut"
        self.record.count(f"{what} {result}")


class Progress:
    """What a chat client knows about its session."""

    def __init__(self) -> None:
        self.seq = 0
        self.waiting: set[str] = set()
        """Turns that have not ended yet."""
