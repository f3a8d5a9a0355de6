"""A browser tab with the terminal app, in real Chromium; the screen is read from the frames that the page receives."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyte
from playwright.async_api import Browser, BrowserContext, Page, WebSocket, async_playwright

from tests.support.deployment import OWNER

CHROMIUM = "/usr/bin/chromium"
DESKTOP = (1280, 800)
PHONE = (390, 844)


class Tab:
    """Follows the frames of the page's WebSocket, which lets a test read text instead of pixels."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = asyncio.Event()
        page.on("websocket", self._follow)

    @property
    def text(self) -> str:
        """The screen's lines, without trailing blanks."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def wait_for(self, *texts: str, seconds: float = 30) -> None:
        """Waits until every text is on the screen.

        Raises:
            AssertionError: it is not within `seconds`; the message shows the screen.
        """
        try:
            async with asyncio.timeout(seconds):
                while not all(text in self.text for text in texts):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"never saw {texts!r} on\n{self.text}") from None

    async def wait_gone(self, text: str, seconds: float = 30) -> None:
        """Waits until the text is no longer on the screen."""
        try:
            async with asyncio.timeout(seconds):
                while text in self.text:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"still see {text!r} on\n{self.text}") from None

    async def submit(self, prompt: str) -> None:
        """Types the prompt and sends it, once the page draws; the connection opens before the terminal is ready."""
        await self.page.locator("body.-first-byte").wait_for()
        await self.page.keyboard.type(prompt)
        await self.page.keyboard.press("Enter")

    async def attach(self, *files: Path) -> None:
        """Chooses files through the page menu; without files the file dialog stays open."""
        await self.page.get_by_role("button", name="Page menu").click()
        async with self.page.expect_file_chooser() as chooser:
            await self.page.get_by_role("button", name="Attach files").click()
        if files:
            await (await chooser.value).set_files(files)

    async def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=path)

    def _follow(self, socket: WebSocket) -> None:
        size = parse_qs(urlsplit(socket.url).query)
        if "width" in size:
            self._screen.resize(int(size["height"][0]), int(size["width"][0]))
        self._screen.reset()
        socket.on("framereceived", self._received)
        socket.on("framesent", self._sent)

    def _received(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes):
            self._stream.feed(frame)
            self._changed.set()

    def _sent(self, frame: bytes | str) -> None:
        message = json.loads(frame)
        if message[0] == "resize":
            self._screen.resize(message[1]["height"], message[1]["width"])


@asynccontextmanager
async def running_browser(*arguments: str) -> AsyncIterator[Browser]:
    """A new headless Chromium with these arguments and the usual ones."""
    defaults = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*defaults, *arguments])
        try:
            yield browser
        finally:
            await browser.close()


async def signed_in_with(browser: Browser, link: str, **options: Any) -> BrowserContext:  # whatever a context takes
    """A new browser context that is signed in through that link."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    await page.goto(link)
    await page.get_by_role("button").click()
    await page.wait_for_selector("body.-first-byte", state="attached")
    await page.close()
    return context


@asynccontextmanager
async def opened(context: BrowserContext, url: str) -> AsyncIterator[Tab]:
    """A tab that is closed with the block, because the number of tabs is limited."""
    async with await context.new_page() as page:
        tab = Tab(page)
        await page.goto(url)
        await page.locator("body.-first-byte").wait_for()
        await tab.wait_for(OWNER)
        yield tab
