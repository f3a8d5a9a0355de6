"""The page reconnects after lost connections, sleep, restarts and crashes."""

import os
import signal
from pathlib import Path

import pytest
from playwright.async_api import Browser, WebSocketRoute

from tests.support.page import DESKTOP_OPTIONS, SmallAppTab, gateway_before, open_in, small_page
from tests.support.pids import is_alive
from tests.support.serve import serve_process, serving, small_settings
from tests.support.tui_gateway import FakeGateway
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


SESSION = "00000000-0000-4000-8000-000000000001"
"""The session that every small app opens."""


async def draft(tab: SmallAppTab, text: str) -> None:
    """Types without sending, and waits until the page has stored the text."""
    await tab.page.keyboard.type(text)
    await until(lambda: tab.page.evaluate("text => sessionStorage.getItem('draft') === text", text))


async def test_a_reload_keeps_process_screen_and_draft(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        pid = await tab.pid()
        await tab.submit("before the reload")
        await tab.wait_for("got: before the reload")
        await draft(tab, "half a thought")
        await tab.page.reload()
        await tab.wait_for("got: before the reload", "half a thought")
        await tab.wait_connected()
        assert await tab.pid() == pid


async def test_the_page_reconnects_and_typing_works(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        pid = await tab.pid()
        for number in range(3):
            await tab.wait_reconnected_after(page_gateway.cut)
            await tab.submit(f"after cut {number}")
            await tab.wait_for(f"got: after cut {number}")
        assert await tab.pid() == pid


async def test_a_longer_loss_is_shown_and_after_a_minute_there_is_a_button(
    page_browser: Browser, page_gateway: FakeGateway, tmp_path: Path
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        pid = await tab.pid()
        await tab.page.clock.install()
        await page_gateway.close()
        await tab.wait_for_card("Reconnecting…")
        await tab.screenshot(tmp_path / "reconnecting.png")
        assert await tab.page.locator("#connection button").count() == 0
        await tab.page.clock.fast_forward(70_000)
        await tab.wait_for_card("Still no connection")
        await page_gateway.open()
        await tab.page.get_by_role("button", name="Try now").click()
        await tab.wait_connected()
        assert await tab.pid() == pid


async def test_the_page_says_it_is_offline_and_reconnects(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        pid = await tab.pid()
        await tab.page.context.set_offline(True)
        page_gateway.cut()
        await tab.wait_for_card("You are offline")
        await tab.page.context.set_offline(False)
        await tab.wait_connected()
        assert await tab.pid() == pid


async def test_a_dead_connection_is_noticed_when_the_tab_wakes(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        pid = await tab.pid()
        page_gateway.stall()
        async with tab.page.expect_websocket():
            await tab.page.evaluate("dispatchEvent(new Event('online'))")  # browsers fire it when a laptop wakes
        page_gateway.resume()
        await tab.wait_connected()
        assert await tab.pid() == pid


async def test_session_and_draft_survive_a_killed_server(page_browser: Browser, socket_folder: Path) -> None:
    async with gateway_before(socket_folder) as gateway, await page_browser.new_context(**DESKTOP_OPTIONS) as context:
        async with serve_process(socket_folder) as serve:
            tab = await open_in(context, gateway)
            first = await tab.pid()
            await draft(tab, "not lost")
            serve.kill()
            await serve.wait()
            await tab.wait_for_card("Reconnecting…")
        async with serve_process(socket_folder):
            await tab.wait_connected()
            await tab.wait_for(f"session={SESSION}", "not lost")
            assert await tab.pid() != first


async def test_session_and_draft_survive_the_end_of_an_abandoned_app(
    page_browser: Browser, socket_folder: Path
) -> None:
    settings = small_settings(socket_folder / "tui.sock", reattach_seconds=0.1)
    async with (
        serving(settings),
        gateway_before(socket_folder) as gateway,
        small_page(page_browser, gateway) as tab,
    ):
        first = int(await tab.pid())
        await draft(tab, "typed before")
        await gateway.close()
        await until(lambda: not is_alive(first))
        await gateway.open()
        await tab.wait_connected()
        await tab.wait_for(f"session={SESSION}", "typed before")
        assert int(await tab.pid()) != first


async def test_each_tab_has_its_own_app_even_a_duplicated_one(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        memory = await tab.page.evaluate("JSON.stringify({...sessionStorage})")
        context = tab.page.context
        await context.add_init_script(f"Object.assign(sessionStorage, {memory})")
        second = await open_in(context, page_gateway)
        assert await second.pid() != await tab.pid()
        await second.wait_for(f"session={SESSION}")
        await tab.submit("only mine")
        await tab.wait_for("got: only mine")
        assert "only mine" not in second.text


async def test_an_app_that_quits_can_be_opened_again(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        first = await tab.pid()
        await tab.submit("quit")
        await tab.wait_for_card("The app is closed")
        await tab.page.get_by_role("button", name="Open it again").click()
        await tab.wait_connected()
        await tab.wait_for(f"session={SESSION}")
        assert await tab.pid() != first


async def test_the_page_reopens_a_crashed_app_twice_and_then_asks(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        for _ in range(2):
            old = await tab.pid()
            os.kill(int(old), signal.SIGKILL)
            await tab.wait_gone(f"pid={old}")
            await tab.wait_connected()
        os.kill(int(await tab.pid()), signal.SIGKILL)
        await tab.wait_for_card("The app crashed three times in a row")
        await tab.page.get_by_role("button", name="Try again").click()
        await tab.wait_connected()


@pytest.mark.parametrize(
    ("limit", "text"),
    [({"max_tabs": 1}, "You have too many open tabs"), ({"max_tabs_total": 1}, "The server is full")],
)
async def test_the_page_shows_a_tab_limit_and_opens_when_a_tab_is_free(
    page_browser: Browser, socket_folder: Path, limit: dict[str, int], text: str
) -> None:
    settings = small_settings(socket_folder / "tui.sock", reattach_seconds=0, **limit)
    async with (
        serving(settings),
        gateway_before(socket_folder) as gateway,
        small_page(page_browser, gateway) as first,
    ):
        page = await first.page.context.new_page()
        second = SmallAppTab(page)
        await page.goto(gateway.url)
        await second.wait_for_card(text)
        old = int(await first.pid())
        await first.page.close()
        await until(lambda: not is_alive(old))
        await page.get_by_role("button", name="Try now").click()
        await second.wait_connected()


@pytest.mark.parametrize(
    ("code", "text", "button"),
    [(4401, "You are signed out", "Sign in"), (4409, "Open in another window", "Use it here")],
)
async def test_the_page_shows_why_the_connection_ended(
    page_browser: Browser, page_gateway: FakeGateway, code: int, text: str, button: str
) -> None:
    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close(code=code, reason="test")

    async with await page_browser.new_context(**DESKTOP_OPTIONS) as context:
        tab = SmallAppTab(await context.new_page())
        await tab.page.route_web_socket("**/ws*", refuse)
        await tab.page.goto(page_gateway.url)
        await tab.wait_for_card(text)
        assert await tab.page.get_by_role("button", name=button).is_visible()
