"""Twenty tabs in one browser, and a tab that reads slowly."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.page import DESKTOP_OPTIONS, SmallAppTab, gateway_before, open_in, small_page
from tests.support.pids import is_alive
from tests.support.serve import serving, small_settings
from tests.support.tui_gateway import FakeGateway
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABS = 20
TIMEOUT = 200.0
"""Twenty apps and twenty pages share the processors of the machine."""


@pytest.mark.timeout(2 * TIMEOUT)
async def test_twenty_tabs_of_one_browser_at_once(page_browser: Browser, socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock", max_tabs=TABS)),
        gateway_before(socket_folder) as gateway,
        await page_browser.new_context(**DESKTOP_OPTIONS) as context,
    ):
        context.set_default_timeout(TIMEOUT * 1000)

        async def use_tab(number: int) -> int:
            tab = SmallAppTab(await context.new_page())
            await tab.page.goto(gateway.url)
            await tab.wait_for("user=", seconds=TIMEOUT)
            await tab.submit(f"I am {number}.")
            await tab.wait_for(f"got: I am {number}.", seconds=TIMEOUT)
            assert tab.browser_errors == []
            return int(await tab.pid())

        pids = await asyncio.gather(*(use_tab(number) for number in range(TABS)))
        assert len(set(pids)) == TABS
    await until(lambda: not any(is_alive(pid) for pid in pids))


async def test_a_slow_browser_delays_no_other_and_then_shows_the_newest_screen(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway) as slow:
        pid = await slow.pid()
        other_gateway = FakeGateway(page_gateway.upstream)
        await other_gateway.open()
        async with await page_browser.new_context(**DESKTOP_OPTIONS) as context:
            other = await open_in(context, other_gateway)
            page_gateway.stall()
            await slow.submit("flood 2")
            for number in range(10):
                await other.submit(f"line {number}")
                await other.wait_for(f"got: line {number}")
            page_gateway.resume()
            await slow.wait_for("flood is over")
            assert await slow.pid() == pid
        await other_gateway.close()
