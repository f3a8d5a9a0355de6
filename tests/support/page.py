"""Our page on a small app: opened as a desktop or a phone would, with every complaint of the browser noted."""

import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.serve import serving, small_settings
from tests.support.tab import DESKTOP, PHONE, Tab, running_browser
from tests.support.tui_gateway import Door

DESK: dict[str, Any] = {"viewport": {"width": DESKTOP[0], "height": DESKTOP[1]}}
HAND: dict[str, Any] = {
    "viewport": {"width": PHONE[0], "height": PHONE[1]},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
EXPECTED = ("ERR_CONNECTION", "ERR_INTERNET", "ERR_EMPTY", "WebSocket connection to", "404", "Failed to load resource")


class SmallPage(Tab):
    """A tab on the small app."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.complaints: list[str] = []
        self.on_sent: Callable[[list[Any]], None] = lambda _: None
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def columns(self) -> int:
        """How wide the terminal is, in cells."""
        return int(self._screen.columns)

    @property
    def rows(self) -> int:
        """How high the terminal is, in cells."""
        return int(self._screen.lines)

    async def pid(self) -> str:
        """The app's process id, from its first line."""
        await self.wait_for("pid=")
        return self.text.partition("pid=")[2].split()[0]

    async def words(self, expected: str) -> None:
        """Waits for a sentence in the card over the screen."""
        await self.page.locator("#connection", has_text=expected).wait_for(state="visible", timeout=20_000)

    async def back(self) -> None:
        """Waits until there is no card and the connection is open."""
        await self.page.locator("body[data-connection=open]").wait_for(timeout=20_000)
        await self.page.locator("#connection").wait_for(state="hidden", timeout=20_000)

    async def healed(self, harm: Callable[[], None]) -> None:
        """Does the harm and waits for a new line; the states in between may be too short to be seen."""
        async with self.page.expect_websocket():
            harm()
        await self.back()

    def typed(self) -> list[str]:
        """What the page sends as typed, from now on."""
        sent: list[str] = []
        self.on_sent = lambda message: sent.append(message[1]) if message[0] == "stdin" else None
        return sent

    def _sent(self, frame: bytes | str) -> None:
        super()._sent(frame)
        self.on_sent(json.loads(frame))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(each in message.text for each in EXPECTED):
            self.complaints.append(message.text)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def page_browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of the page; each opens a context of its own."""
    async with running_browser() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def page_socket() -> AsyncIterator[Path]:
    """The socket of one serve for all tests of the page; apps of finished tests end soon."""
    folder = Path(tempfile.mkdtemp(prefix="page-"))
    async with serving(small_settings(folder / "tui.sock", reattach_seconds=15)):
        yield folder / "tui.sock"
    shutil.rmtree(folder)


@pytest_asyncio.fixture(loop_scope="session")
async def page_door(page_socket: Path) -> AsyncIterator[Door]:
    """A door of the test's own before that serve."""
    door = Door(page_socket)
    await door.open()
    yield door
    await door.shut()


@asynccontextmanager
async def standing_before(place: Path | int) -> AsyncIterator[Door]:
    """A door of its own before the serve in that folder, or before the deployment at that port."""
    door = Door(place if isinstance(place, int) else place / "tui.sock")
    await door.open()
    try:
        yield door
    finally:
        await door.shut()


@asynccontextmanager
async def small_page(browser: Browser, door: Door, **options: Any) -> AsyncIterator[SmallPage]:
    """A page in a browser context of its own; complains at the end about what the browser complained of."""
    context = await browser.new_context(**(options or DESK))
    try:
        tab = await open_in(context, door)
        yield tab
        assert not tab.complaints
    finally:
        await context.close()


async def open_in(context: BrowserContext, door: Door) -> SmallPage:
    """One more tab in the context, once its app has said whose it is."""
    tab = SmallPage(await context.new_page())
    await tab.page.goto(door.url)
    await tab.wait_for("user=")
    await tab.back()
    return tab
