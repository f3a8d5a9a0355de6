"""People and programs that use every door at once and try again when they are refused."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx2
from httpx2.websockets import HTTPXWSException

from bench.chaos.ledger import Ledger
from bench.chaos.place import KEY, Place
from tests.support.api import sse_events
from tests.support.tab_client import TabClient

PROMPTS = ("demo:say hello", "demo:stream 60 20", "demo:run echo chaos", "demo:write chaos.txt hello", "demo:think")
HEADERS = {"X-API-Key": KEY}
PATIENCE = 75.0
"""Seconds after which a call without an answer counts as hung; the door gives up on a silent room before."""
MOST_WAITING = 3


class Load:
    """Everybody, until `over` is set."""

    def __init__(self, place: Place, ledger: Ledger) -> None:
        self.place = place
        self.ledger = ledger
        self.over = asyncio.Event()
        self.cookies: dict[str, str] = {}
        self.sessions: list[str] = []

    async def run(self, *, talkers: int, askers: int, tabs: int) -> None:
        """Lets them loose; somebody signed in before."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.pulse())
            for number in range(talkers):
                group.create_task(self.talker(number))
            for number in range(askers):
                group.create_task(self.asker(is_streaming=number % 2 == 1))
            for number in range(tabs):
                group.create_task(self.tab(f"chaos-tab-{number:04}"))

    async def sign_in(self) -> None:
        """A person's login, by the link that start-up printed."""
        async with self.client() as client:
            token = self.place.deployment.sign_in_link().partition("?t=")[2]
            answer = await client.post("/auth/verify", data={"t": token}, headers={"Origin": self.place.url})
            assert answer.status_code == httpx2.codes.SEE_OTHER, answer.text
            self.cookies = dict(answer.cookies)

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.place.url, headers=HEADERS, timeout=PATIENCE)

    async def pulse(self) -> None:
        """Asks how it is, four times a second."""
        async with httpx2.AsyncClient(base_url=self.place.url, timeout=2) as client:
            before = time.monotonic()
            while not self.over.is_set():
                try:
                    is_well = (await client.get("/health")).status_code == httpx2.codes.OK
                except httpx2.HTTPError:
                    is_well = False
                await asyncio.sleep(0.25)
                if not is_well:
                    self.ledger.now.down += time.monotonic() - before
                before = time.monotonic()

    async def talker(self, number: int) -> None:
        """Has a session, hears it, allows what it asks, and always has something more to say."""
        async with self.client() as client:
            session = await self.opened(client, number)
            self.sessions.append(session)
            heard = Heard()
            listening = asyncio.create_task(self.listen(session, heard))
            while not self.over.is_set():
                if len(heard.waiting) < MOST_WAITING:
                    await self.attempt("prompt", lambda: self.send(client, session, heard))
                else:
                    await self.allow(client, session)
                await asyncio.sleep(random.uniform(0.1, 0.6))
            # Whoever left now would leave a request without an answer, and a turn without an end.
            deadline = time.monotonic() + PATIENCE
            while heard.waiting and time.monotonic() < deadline:
                await self.allow(client, session)
                await asyncio.sleep(0.5)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def opened(self, client: httpx2.AsyncClient, number: int) -> str:
        made = await client.post("/sessions", json={"title": f"chaos {number}"})
        return str(made.raise_for_status().json()["id"])

    async def send(self, client: httpx2.AsyncClient, session: str, heard: "Heard") -> str:
        prompt = random.choice(PROMPTS)
        answer = await client.post(f"/sessions/{session}/messages", json={"prompt": prompt})
        if answer.status_code == httpx2.codes.ACCEPTED:
            turn = answer.json()["turnId"]
            self.ledger.promise(session, turn, prompt)
            heard.waiting.add(turn)
        return str(answer.status_code)

    async def listen(self, session: str, heard: "Heard") -> None:
        """Hears the session, again and again from where it was."""
        while True:
            with suppress(httpx2.HTTPError):
                async with (
                    self.client() as client,
                    client.stream("GET", f"/sessions/{session}/events", params={"after": heard.seq}) as response,
                ):
                    async for event in sse_events(response):
                        heard.seq = max(heard.seq, int(event.id or 0))
                        if event.event == "turn_finished":
                            heard.waiting.discard(event.data.get("turnId"))
            self.ledger.count("streams again")
            await asyncio.sleep(0.3)

    async def allow(self, client: httpx2.AsyncClient, session: str) -> None:
        """Allows what the session asks; an answer that got lost is given again."""
        with suppress(httpx2.HTTPError, KeyError, ValueError):
            for request in (await client.get(f"/sessions/{session}/requests")).json()["requests"]:
                await client.post(f"/sessions/{session}/requests/{request['id']}", json={"decision": "allow"})

    async def asker(self, *, is_streaming: bool) -> None:
        """Sends queries, one after the other."""
        async with self.client() as client:
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

    async def tab(self, name: str) -> None:
        """A browser tab: draws what it is sent, types, and connects again when the line breaks."""
        size = {"width": "100", "height": "30"}
        while not self.over.is_set():
            with suppress(HTTPXWSException, httpx2.HTTPError, OSError, TimeoutError, ExceptionGroup):
                headers = {"Origin": self.place.url, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
                async with (
                    httpx2.AsyncClient(base_url=self.place.url, headers=headers) as client,
                    client.websocket("/ws", params={"tab": name, **size}) as socket,
                ):
                    tab = TabClient(socket, 100, 30)
                    following = asyncio.create_task(tab.follow())
                    self.ledger.count("tabs connected")
                    while not self.over.is_set() and not following.done():
                        await tab.send("stdin", random.choice("abcdefgh\x7f"))
                        await asyncio.sleep(0.3)
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)
            await asyncio.sleep(0.5)

    async def attempt(self, what: str, act: Callable[[], Awaitable[str]]) -> None:
        """Tries it, and counts what came of it: an answer, an error, or, worst, nothing."""
        began = time.monotonic()
        try:
            came = await act()
        except httpx2.TimeoutException:
            came = "hung"
            self.ledger.hung.append(f"{what} during {self.ledger.now.name}, {time.monotonic() - began:.0f} s")
        except httpx2.HTTPError:
            came = "cut"
        self.ledger.count(f"{what} {came}")


class Heard:
    """What a talker knows of its session."""

    def __init__(self) -> None:
        self.seq = 0
        self.waiting: set[str] = set()
        """Turns whose end it has not heard."""
