"""`python -m bench.page_serve`: compares our page with bare textual-serve, on one deployment.

Measures the time from opening the page until the prompt takes a key, the time from a key to its frame, and the memory
of a tab.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from urllib.parse import urlencode, urlsplit

import httpx2
from playwright.async_api import BrowserContext
from wsproto.events import BytesMessage, TextMessage

from bench.numbers import median, percentile
from bench.page_peer import bare_textual_serve, memory_of
from bench.result import Result, report
from tests.support.deployment import Deployment, running_deployment
from tests.support.pids import children_of
from tests.support.tab import Tab, running_browser, signed_in_with

OPENS, KEYS = 7, 150
SETTLE_SECONDS = 2.0
EMPTY_SECONDS = 0.5
"""How long a new tab stays empty before it opens the page; meanwhile the browser starts a process for it."""
PROMPT = "│ \N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"
MAX_OPENING_RATIO, MAX_KEY_DIFFERENCE_MS = 0.5, 3.0
NO_GOOGLE_FONTS = "--host-resolver-rules=MAP fonts.googleapis.com ~NOTFOUND"
"""Lets the Google font of textual-serve's page fail at once; a Playwright route would disable the cache."""


async def measure() -> list[Result]:
    """Measures both pages in turns."""
    async with AsyncExitStack() as stack:
        deployment = await stack.enter_async_context(running_deployment())
        peer = await stack.enter_async_context(bare_textual_serve(deployment))
        browser = await stack.enter_async_context(running_browser(NO_GOOGLE_FONTS))
        signed_in = await signed_in_with(browser, deployment.sign_in_link())
        bare = await browser.new_context()

        opened, opened_bare = await measure_opening(signed_in, deployment.url, bare, peer)
        cookies = "; ".join(f"{each['name']}={each['value']}" for each in await signed_in.cookies(deployment.url))
        keys, keys_bare = await measure_typing(
            (deployment.url, {"Cookie": cookies, "Origin": deployment.url}, {"tab": "bench-0000"}), (peer, {}, {})
        )
        memory = await measure_memory(signed_in, deployment)
    return [
        compared("page to prompt, p50", opened, opened_bare, 0.5, budget=MAX_OPENING_RATIO * median(opened_bare)),
        compared("page to prompt, p99", opened, opened_bare, 0.99),
        compared("key to frame, p50", keys, keys_bare, 0.5, budget=median(keys_bare) + MAX_KEY_DIFFERENCE_MS),
        compared("key to frame, p99", keys, keys_bare, 0.99),
        *memory,
    ]


def compared(what: str, ours: list[float], theirs: list[float], share: float, *, budget: float | None = None) -> Result:
    """The same percentile of both, in milliseconds."""
    a, b = percentile(theirs, share), percentile(ours, share)
    return Result(what=what, ours=b, baseline=a, peer="bare textual-serve", budget=budget)


async def measure_opening(
    signed_in: BrowserContext, ours: str, bare: BrowserContext, theirs: str
) -> tuple[list[float], list[float]]:
    """Milliseconds from opening the page until a typed key is on the screen, in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(OPENS + 1):
        for context, url, into in ((signed_in, ours, times[0]), (bare, theirs, times[1])):
            milliseconds = await open_once(context, url)
            if number:  # the first only fills the browser's cache
                into.append(milliseconds)
            await asyncio.sleep(SETTLE_SECONDS)  # time to start the next spare app, as between two tabs of a person
    return times


async def open_once(context: BrowserContext, url: str) -> float:
    """Milliseconds from opening the page in a new tab until a typed key is on the screen."""
    tab = Tab(await context.new_page())
    await asyncio.sleep(EMPTY_SECONDS)
    begun = time.perf_counter()
    await tab.page.goto(url, wait_until="commit")
    await tab.wait_for(PROMPT)
    await tab.page.locator(".xterm-helper-textarea").focus()
    before = prompt_on(tab)
    await tab.page.keyboard.press("x")
    async with asyncio.timeout(20):
        while prompt_on(tab) == before:
            await asyncio.sleep(0.002)
    milliseconds = (time.perf_counter() - begun) * 1000
    await tab.page.close()
    return milliseconds


def prompt_on(tab: Tab) -> str:
    """The line with the prompt, which may hold the draft of the previous tab."""
    return next((line for line in tab.text.splitlines() if PROMPT in line), "")


Endpoint = tuple[str, Mapping[str, str], Mapping[str, str]]
"""Address, headers and query parameters of a WebSocket."""


async def measure_typing(ours: Endpoint, theirs: Endpoint) -> tuple[list[float], list[float]]:
    """Milliseconds from a key to the next frame, on both endpoints in turns, while neither does anything else."""
    async with AsyncExitStack() as stack:
        typists = [await stack.enter_async_context(Typist(endpoint)) for endpoint in (ours, theirs)]
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(KEYS):
            for typist, into in zip(typists, times, strict=True):
                milliseconds = await typist.key("abcdefgh"[number % 8])
                if number >= 20:
                    into.append(milliseconds)
        return times


class Typist:
    """Types over its own WebSocket and waits for frames."""

    def __init__(self, endpoint: Endpoint) -> None:
        url, headers, parameters = endpoint
        size = {"width": "120", "height": "40"}
        self._url = f"ws://{urlsplit(url).netloc}/ws?{urlencode({**parameters, **size})}"
        self._headers = dict(headers)
        self._stack = AsyncExitStack()
        self._frames = 0
        self._drawn = 0
        self._frame_received = asyncio.Event()

    async def __aenter__(self) -> "Typist":
        client = await self._stack.enter_async_context(httpx2.AsyncClient(headers=self._headers))
        self._socket = await self._stack.enter_async_context(client.websocket(self._url))
        self._reader = asyncio.create_task(self._read())
        await asyncio.sleep(SETTLE_SECONDS)
        await self._socket.send_text('["focus"]')
        await asyncio.sleep(SETTLE_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self._stack.aclose()

    async def key(self, letter: str) -> float:
        """Types a letter and returns the milliseconds until the next frame."""
        await self._wait_for_quiet(0.04)
        before, begun = self._frames, time.perf_counter()
        await self._socket.send_text(json.dumps(["stdin", letter]))
        while self._frames == before:
            self._frame_received.clear()
            await asyncio.wait_for(self._frame_received.wait(), 10)
        return (time.perf_counter() - begun) * 1000

    async def _wait_for_quiet(self, seconds: float) -> None:
        """Waits until no frame has come for this long, which must be shorter than the blinking of the cursor."""
        before = -1
        while before != self._frames:
            before = self._frames
            await asyncio.sleep(seconds)

    async def _read(self) -> None:
        while True:
            event = await self._socket.receive()
            if isinstance(event, BytesMessage):
                self._frames += 1
                self._drawn += len(event.data)
                self._frame_received.set()
                await self._socket.send_text(json.dumps(["drawn", self._drawn]))
            elif isinstance(event, TextMessage) and event.data.startswith('["ping"'):
                await self._socket.send_text('["ping", 0]')


async def measure_memory(context: BrowserContext, deployment: Deployment) -> list[Result]:
    """The memory of a tab's process, idle and while an answer streams."""
    tab = Tab(await context.new_page())
    await tab.page.goto(deployment.url)
    await tab.wait_for(PROMPT)
    serve = deployment.pid_of("tui")
    await asyncio.sleep(3)
    idle = {pid: memory_of(pid) for pid in children_of(serve)}
    await tab.submit("demo:stream 400 5")
    await tab.wait_for("word300")
    running = max(memory_of(pid) - before for pid, before in idle.items()) + max(idle.values())
    return [
        Result(what="memory of a tab, idle", ours=max(idle.values()) / 1e6, unit="MB"),
        Result(what="memory of a tab, after an answer", ours=running / 1e6, unit="MB"),
        Result(what="memory of serve", ours=memory_of(serve) / 1e6, unit="MB"),
        Result(what="memory of the spare", ours=min(idle.values()) / 1e6, unit="MB"),
    ]


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure())))
