"""A tab that never loses you: cuts, sleeps, restarts, crashes."""

import os
import signal
from pathlib import Path

import pytest
from playwright.async_api import Browser, WebSocketRoute

from tests.support.page import DESK, SmallPage, open_in, small_page, standing_before
from tests.support.pids import is_alive
from tests.support.serve import serve_process, serving, small_settings
from tests.support.tui_gateway import Door
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


SESSION = "00000000-0000-4000-8000-000000000001"
"""The conversation that every small app opens."""


async def draft(tab: SmallPage, text: str) -> None:
    """Types without sending, and waits until the page keeps it."""
    await tab.page.keyboard.type(text)
    await until(lambda: tab.page.evaluate("text => sessionStorage.getItem('draft') === text", text))


async def test_a_reload_gives_the_same_process_screen_and_draft(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        pid = await tab.pid()
        await tab.submit("before the reload")
        await tab.wait_for("got: before the reload")
        await draft(tab, "half a thought")
        await tab.page.reload()
        await tab.wait_for("got: before the reload", "half a thought")
        await tab.back()
        assert await tab.pid() == pid


async def test_a_cut_is_healed_and_typing_goes_on(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        pid = await tab.pid()
        for number in range(3):
            await tab.healed(page_door.cut)
            await tab.submit(f"after cut {number}")
            await tab.wait_for(f"got: after cut {number}")
        assert await tab.pid() == pid


async def test_a_longer_loss_is_said_and_after_a_minute_there_is_a_button(
    page_browser: Browser, page_door: Door, tmp_path: Path
) -> None:
    async with small_page(page_browser, page_door) as tab:
        pid = await tab.pid()
        await tab.page.clock.install()
        await page_door.shut()
        await tab.words("Reconnecting…")
        await tab.screenshot(tmp_path / "reconnecting.png")
        assert await tab.page.locator("#connection button").count() == 0
        await tab.page.clock.fast_forward(70_000)
        await tab.words("Still no connection")
        await page_door.open()
        await tab.page.get_by_role("button", name="Try now").click()
        await tab.back()
        assert await tab.pid() == pid


async def test_offline_is_said_and_healed(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        pid = await tab.pid()
        await tab.page.context.set_offline(True)
        page_door.cut()
        await tab.words("You are offline")
        await tab.page.context.set_offline(False)
        await tab.back()
        assert await tab.pid() == pid


async def test_a_dead_line_is_noticed_when_the_tab_wakes(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        pid = await tab.pid()
        page_door.stall()
        async with tab.page.expect_websocket():
            await tab.page.evaluate("dispatchEvent(new Event('online'))")  # what a laptop says when it wakes
        page_door.flow()
        await tab.back()
        assert await tab.pid() == pid


async def test_a_killed_server_comes_back_with_session_and_draft(page_browser: Browser, socket_folder: Path) -> None:
    async with standing_before(socket_folder) as door, await page_browser.new_context(**DESK) as context:
        async with serve_process(socket_folder) as serve:
            tab = await open_in(context, door)
            first = await tab.pid()
            await draft(tab, "not lost")
            serve.kill()
            await serve.wait()
            await tab.words("Reconnecting…")
        async with serve_process(socket_folder):
            await tab.back()
            await tab.wait_for(f"session={SESSION}", "not lost")
            assert await tab.pid() != first


async def test_after_its_patience_the_app_is_new_and_session_and_draft_are_not(
    page_browser: Browser, socket_folder: Path
) -> None:
    settings = small_settings(socket_folder / "tui.sock", reattach_seconds=0.1)
    async with (
        serving(settings),
        standing_before(socket_folder) as door,
        small_page(page_browser, door) as tab,
    ):
        first = int(await tab.pid())
        await draft(tab, "typed before")
        await door.shut()
        await until(lambda: not is_alive(first))
        await door.open()
        await tab.back()
        await tab.wait_for(f"session={SESSION}", "typed before")
        assert int(await tab.pid()) != first


async def test_tabs_have_apps_of_their_own_also_a_duplicated_one(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        memory = await tab.page.evaluate("JSON.stringify({...sessionStorage})")
        context = tab.page.context
        await context.add_init_script(f"Object.assign(sessionStorage, {memory})")
        second = await open_in(context, page_door)
        assert await second.pid() != await tab.pid()
        await second.wait_for(f"session={SESSION}")
        await tab.submit("only mine")
        await tab.wait_for("got: only mine")
        assert "only mine" not in second.text


async def test_an_app_that_quits_can_be_opened_again(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        first = await tab.pid()
        await tab.submit("quit")
        await tab.words("The app is closed")
        await tab.page.get_by_role("button", name="Open it again").click()
        await tab.back()
        await tab.wait_for(f"session={SESSION}")
        assert await tab.pid() != first


async def test_a_crash_heals_itself_but_not_for_ever(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        for _ in range(2):
            old = await tab.pid()
            os.kill(int(old), signal.SIGKILL)
            await tab.wait_gone(f"pid={old}")
            await tab.back()
        os.kill(int(await tab.pid()), signal.SIGKILL)
        await tab.words("The app stopped, three times in a row")
        await tab.page.get_by_role("button", name="Try again").click()
        await tab.back()


@pytest.mark.parametrize(
    ("limit", "words"),
    [({"max_tabs": 1}, "You have many tabs open"), ({"max_tabs_total": 1}, "The server is full")],
)
async def test_a_full_deployment_says_so_and_opens_when_there_is_room(
    page_browser: Browser, socket_folder: Path, limit: dict[str, int], words: str
) -> None:
    settings = small_settings(socket_folder / "tui.sock", reattach_seconds=0, **limit)
    async with (
        serving(settings),
        standing_before(socket_folder) as door,
        small_page(page_browser, door) as first,
    ):
        page = await first.page.context.new_page()
        second = SmallPage(page)
        await page.goto(door.url)
        await second.words(words)
        old = int(await first.pid())
        await first.page.close()
        await until(lambda: not is_alive(old))
        await page.get_by_role("button", name="Try now").click()
        await second.back()


@pytest.mark.parametrize(
    ("code", "words", "button"),
    [(4401, "You are signed out", "Sign in"), (4409, "Open in another window", "Use it here")],
)
async def test_an_ending_with_a_reason_is_said(
    page_browser: Browser, page_door: Door, code: int, words: str, button: str
) -> None:
    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close(code=code, reason="test")

    async with await page_browser.new_context(**DESK) as context:
        tab = SmallPage(await context.new_page())
        await tab.page.route_web_socket("**/ws*", refuse)
        await tab.page.goto(page_door.url)
        await tab.words(words)
        assert await tab.page.get_by_role("button", name=button).is_visible()
