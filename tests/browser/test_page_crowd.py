"""Twenty tabs in one browser, and one that reads slowly."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.page import DESK, SmallPage, open_in, small_page, standing_before
from tests.support.pids import is_alive
from tests.support.serve import serving, small_settings
from tests.support.tui_gateway import Door
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABS = 20
PATIENCE = 200.0
"""Twenty apps and twenty pages start on as many processors as there are."""


@pytest.mark.timeout(2 * PATIENCE)
async def test_twenty_tabs_of_one_browser_at_once(page_browser: Browser, socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock", max_tabs=TABS)),
        standing_before(socket_folder) as door,
        await page_browser.new_context(**DESK) as context,
    ):
        context.set_default_timeout(PATIENCE * 1000)

        async def visit(number: int) -> int:
            tab = SmallPage(await context.new_page())
            await tab.page.goto(door.url)
            await tab.wait_for("user=", seconds=PATIENCE)
            await tab.submit(f"I am {number}.")
            await tab.wait_for(f"got: I am {number}.", seconds=PATIENCE)
            assert tab.complaints == []
            return int(await tab.pid())

        pids = await asyncio.gather(*(visit(number) for number in range(TABS)))
        assert len(set(pids)) == TABS
    await until(lambda: not any(is_alive(pid) for pid in pids))


async def test_a_slow_reader_holds_up_nobody_and_then_sees_the_newest(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as slow:
        pid = await slow.pid()
        other_door = Door(page_door.upstream)
        await other_door.open()
        async with await page_browser.new_context(**DESK) as context:
            other = await open_in(context, other_door)
            page_door.stall()
            await slow.submit("flood 2")
            for number in range(10):
                await other.submit(f"line {number}")
                await other.wait_for(f"got: line {number}")
            page_door.flow()
            await slow.wait_for("flood is over")
            assert await slow.pid() == pid
        await other_door.shut()
