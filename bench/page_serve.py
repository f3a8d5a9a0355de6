"""`python -m bench.page_serve`: our page through the door against bare textual-serve, in one run on one deployment.

Measures from opening the page to a prompt that takes a key, from a key to its frame, and what a tab weighs.
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
"""A new tab stands empty so long before it goes anywhere, as a person's does: the browser readies a process."""
PROMPT = "│ \N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"
MOST_OPENING, MOST_KEY_MS = 0.5, 3.0
NO_FOREIGN_FONT = "--host-resolver-rules=MAP fonts.googleapis.com ~NOTFOUND"
"""textual-serve's page asks Google for a font: it hears at once that there is none. A route would end its cache."""


async def measure() -> list[Result]:
    """Both pages, in turns."""
    async with AsyncExitStack() as stack:
        deployment = await stack.enter_async_context(running_deployment())
        peer = await stack.enter_async_context(bare_textual_serve(deployment))
        browser = await stack.enter_async_context(running_browser(NO_FOREIGN_FONT))
        signed_in = await signed_in_with(browser, deployment.sign_in_link())
        bare = await browser.new_context()

        opened, opened_bare = await opening(signed_in, deployment.url, bare, peer)
        cookies = "; ".join(f"{each['name']}={each['value']}" for each in await signed_in.cookies(deployment.url))
        keys, keys_bare = await typing(
            (deployment.url, {"Cookie": cookies, "Origin": deployment.url}, {"tab": "bench-0000"}), (peer, {}, {})
        )
        weights = await weigh(signed_in, deployment)
    return [
        compared("page to prompt, p50", opened, opened_bare, 0.5, budget=MOST_OPENING * median(opened_bare)),
        compared("page to prompt, p99", opened, opened_bare, 0.99),
        compared("key to frame, p50", keys, keys_bare, 0.5, budget=median(keys_bare) + MOST_KEY_MS),
        compared("key to frame, p99", keys, keys_bare, 0.99),
        *weights,
    ]


def compared(what: str, ours: list[float], theirs: list[float], share: float, *, budget: float | None = None) -> Result:
    """The same share of both, in milliseconds."""
    a, b = percentile(theirs, share), percentile(ours, share)
    return Result(what=what, ours=b, baseline=a, peer="bare textual-serve", budget=budget)


async def opening(
    signed_in: BrowserContext, ours: str, bare: BrowserContext, theirs: str
) -> tuple[list[float], list[float]]:
    """Milliseconds from going to the page until a typed key is on the screen, in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(OPENS + 1):
        for context, url, into in ((signed_in, ours, times[0]), (bare, theirs, times[1])):
            milliseconds = await open_once(context, url)
            if number:  # the first fills the browser's cache
                into.append(milliseconds)
            await asyncio.sleep(SETTLE_SECONDS)  # the spare is there again, as for a person
    return times


async def open_once(context: BrowserContext, url: str) -> float:
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
    """The line with the prompt; it may hold the draft of the tab before."""
    return next((line for line in tab.text.splitlines() if PROMPT in line), "")


Line = tuple[str, Mapping[str, str], Mapping[str, str]]


async def typing(ours: Line, theirs: Line) -> tuple[list[float], list[float]]:
    """Milliseconds from a key to the first frame after it, both lines in turns, both idle otherwise."""
    async with AsyncExitStack() as stack:
        typists = [await stack.enter_async_context(Typist(line)) for line in (ours, theirs)]
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(KEYS):
            for typist, into in zip(typists, times, strict=True):
                milliseconds = await typist.key("abcdefgh"[number % 8])
                if number >= 20:
                    into.append(milliseconds)
        return times


class Typist:
    """Types over a WebSocket of its own and waits for frames."""

    def __init__(self, line: Line) -> None:
        url, headers, parameters = line
        size = {"width": "120", "height": "40"}
        self._url = f"ws://{urlsplit(url).netloc}/ws?{urlencode({**parameters, **size})}"
        self._headers = dict(headers)
        self._stack = AsyncExitStack()
        self._frames = 0
        self._drawn = 0
        self._news = asyncio.Event()

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
        await self._quiet(0.04)
        before, begun = self._frames, time.perf_counter()
        await self._socket.send_text(json.dumps(["stdin", letter]))
        while self._frames == before:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 10)
        return (time.perf_counter() - begun) * 1000

    async def _quiet(self, seconds: float) -> None:
        """Waits until no frame comes for so long; the cursor blinks, so this is short."""
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
                self._news.set()
                await self._socket.send_text(json.dumps(["drawn", self._drawn]))
            elif isinstance(event, TextMessage) and event.data.startswith('["ping"'):
                await self._socket.send_text('["ping", 0]')


async def weigh(context: BrowserContext, deployment: Deployment) -> list[Result]:
    """What a tab's process weighs, idle and while an answer streams."""
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
