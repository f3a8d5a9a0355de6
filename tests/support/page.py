"""Opens the page with the small app behind it, as a desktop or a phone, and records what the browser reports."""

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
from tests.support.tui_gateway import FakeGateway

DESKTOP_OPTIONS: dict[str, Any] = {"viewport": {"width": DESKTOP[0], "height": DESKTOP[1]}}
PHONE_OPTIONS: dict[str, Any] = {
    "viewport": {"width": PHONE[0], "height": PHONE[1]},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
EXPECTED_ERRORS = (
    "ERR_CONNECTION",
    "ERR_INTERNET",
    "ERR_EMPTY",
    "WebSocket connection to",
    "404",
    "Failed to load resource",
)


class SmallAppTab(Tab):
    """A browser tab that shows the small app."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.browser_errors: list[str] = []
        self.on_sent: Callable[[list[Any]], None] = lambda _: None
        page.on("console", self._record)
        page.on("pageerror", lambda error: self.browser_errors.append(str(error)))

    @property
    def columns(self) -> int:
        """The width of the terminal, in cells."""
        return int(self._screen.columns)

    @property
    def rows(self) -> int:
        """The height of the terminal, in cells."""
        return int(self._screen.lines)

    async def pid(self) -> str:
        """The app's process id, which its first line shows."""
        await self.wait_for("pid=")
        return self.text.partition("pid=")[2].split()[0]

    async def wait_for_card(self, expected: str) -> None:
        """Waits until the card over the screen shows this text."""
        await self.page.locator("#connection", has_text=expected).wait_for(state="visible", timeout=20_000)

    async def wait_connected(self) -> None:
        """Waits until the connection is open and no card is shown."""
        await self.page.locator("body[data-connection=open]").wait_for(timeout=20_000)
        await self.page.locator("#connection").wait_for(state="hidden", timeout=20_000)

    async def wait_reconnected_after(self, break_connection: Callable[[], None]) -> None:
        """Breaks the connection and waits for a new one; the states in between may be too short to be observed."""
        async with self.page.expect_websocket():
            break_connection()
        await self.wait_connected()

    def record_input(self) -> list[str]:
        """A list that receives all typed input that the page sends from now on."""
        sent: list[str] = []
        self.on_sent = lambda message: sent.append(message[1]) if message[0] == "stdin" else None
        return sent

    def _sent(self, frame: bytes | str) -> None:
        super()._sent(frame)
        self.on_sent(json.loads(frame))

    def _record(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(each in message.text for each in EXPECTED_ERRORS):
            self.browser_errors.append(message.text)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def page_browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of the page; each test opens its own context."""
    async with running_browser() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def page_socket() -> AsyncIterator[Path]:
    """The socket of one serve for all tests of the page; the apps of finished tests end after 15 seconds."""
    folder = Path(tempfile.mkdtemp(prefix="page-"))
    async with serving(small_settings(folder / "tui.sock", reattach_seconds=15)):
        yield folder / "tui.sock"
    shutil.rmtree(folder)


@pytest_asyncio.fixture(loop_scope="session")
async def page_gateway(page_socket: Path) -> AsyncIterator[FakeGateway]:
    """The test's own gateway in front of that serve."""
    gateway = FakeGateway(page_socket)
    await gateway.open()
    yield gateway
    await gateway.close()


@asynccontextmanager
async def gateway_before(place: Path | int) -> AsyncIterator[FakeGateway]:
    """A gateway in front of the serve in that folder, or in front of the deployment at that port."""
    gateway = FakeGateway(place if isinstance(place, int) else place / "tui.sock")
    await gateway.open()
    try:
        yield gateway
    finally:
        await gateway.close()


@asynccontextmanager
async def small_page(browser: Browser, gateway: FakeGateway, **options: Any) -> AsyncIterator[SmallAppTab]:
    """A page in a new browser context; fails at the end if the browser reported errors."""
    context = await browser.new_context(**(options or DESKTOP_OPTIONS))
    try:
        tab = await open_in(context, gateway)
        yield tab
        assert not tab.browser_errors
    finally:
        await context.close()


async def open_in(context: BrowserContext, gateway: FakeGateway) -> SmallAppTab:
    """Opens another tab in the context and waits until its app shows the user."""
    tab = SmallAppTab(await context.new_page())
    await tab.page.goto(gateway.url)
    await tab.wait_for("user=")
    await tab.wait_connected()
    return tab
