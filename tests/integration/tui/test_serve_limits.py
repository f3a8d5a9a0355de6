"""Slow and silent browsers, and many tabs: memory stays bounded and nothing waits forever."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from tests.support.network import NO_TLS
from tests.support.pids import is_alive
from tests.support.serve import serving, small_settings
from tests.support.tab_client import connect_tab
from tests.support.waiting import until
from tui.serve.send_queue import MAX_MERGED_BYTES, MAX_UNDRAWN_BYTES


async def test_a_browser_that_draws_nothing_gets_little_and_then_the_newest_screen(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock")),
        connect_tab(socket_folder / "tui.sock", width=200, height=60) as tab,
    ):
        await tab.wait_for("user=ann")
        tab.acknowledges = False
        before = tab.received
        await tab.submit("flood 3")
        # Meanwhile other tabs are served: neither the flooding app nor serve is blocked.
        async with connect_tab(socket_folder / "tui.sock", "tab-00000002") as other:
            await other.wait_for("user=ann")
            await until(lambda: tab.received - before > MAX_UNDRAWN_BYTES - MAX_MERGED_BYTES)
            await asyncio.sleep(3)
            assert tab.received - before < MAX_UNDRAWN_BYTES + 4 * MAX_MERGED_BYTES
        tab.acknowledges = True
        await tab.send("drawn", tab.received)
        await tab.wait_for("flood is over")


async def test_a_browser_that_stops_reading_blocks_no_other(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock")),
        connect_tab(socket_folder / "tui.sock", width=200, height=60) as tab,
    ):
        await tab.wait_for("user=ann")
        tab.reads.clear()
        await tab.submit("flood 2")
        async with connect_tab(socket_folder / "tui.sock", "tab-00000002") as other:
            await other.wait_for("user=ann")
            for number in range(20):
                await other.submit(f"line {number}")
                await other.wait_for(f"got: line {number}")
        tab.reads.set()
        await tab.wait_for("flood is over")


async def test_a_silent_browser_is_pinged_and_then_disconnected(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock", ping_seconds=0.4)),
        connect_tab(socket_folder / "tui.sock") as tab,
    ):
        await tab.pid()
        tab.acknowledges = False  # each blink of the cursor would be acknowledged
        await tab.wait_for_message("ping")
        assert await tab.wait_closed() == (4408, "silent")


async def test_a_browser_that_answers_pings_stays_connected(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock", ping_seconds=2)),
        connect_tab(socket_folder / "tui.sock") as tab,
    ):
        await tab.pid()
        tab.acknowledges = False
        for times in range(1, 4):
            await tab.wait_for_message("ping", times=times)
            await tab.send("ping", 0)
        assert tab.closed is None


async def test_the_number_of_tabs_of_a_user_is_limited(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock", max_tabs=2)
    async with serving(settings), connect_tab(settings.socket, "tab-00000001") as first:
        await first.pid()
        async with connect_tab(settings.socket, "tab-00000002") as second:
            away = await second.pid()
            async with connect_tab(settings.socket, "tab-00000003") as third:
                assert await third.wait_closed() == (4429, "full_user")
            async with connect_tab(settings.socket, "tab-00000001", user="bob@example.com") as bobs:
                await bobs.wait_for("user=bob")
        # A tab without a browser is closed to admit another.
        async with connect_tab(settings.socket, "tab-00000003") as third:
            await third.wait_for("user=ann")
        await until(lambda: not is_alive(away))


async def test_the_number_of_tabs_of_all_users_is_limited(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock", max_tabs_total=1)
    async with serving(settings), connect_tab(settings.socket) as tab:
        await tab.wait_for("user=ann")
        async with connect_tab(settings.socket, user="bob@example.com") as bobs:
            assert await bobs.wait_closed() == (4430, "full_all")


async def test_the_size_of_a_huge_window_is_clamped(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock")),
        connect_tab(socket_folder / "tui.sock", width=20000, height=5000) as tab,
    ):
        await tab.wait_for_message("page_state")
        await until(lambda: tab.received > 0)
        await tab.send("ping", 1)
        await tab.wait_for_message("pong")
        assert tab.received < 3_000_000


async def test_an_app_that_does_not_start_is_reported_and_makes_serve_unhealthy(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock")
    broken = small_settings(settings.socket, command=(*settings.command, "--broken"))
    async with serving(broken):
        async with connect_tab(settings.socket) as tab:
            assert await tab.wait_closed() == (4503, "app_failed")
        async with httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(uds=str(settings.socket), verify=NO_TLS)
        ) as client:
            answer = await client.get("http://tui/health")
        assert (answer.status_code, answer.json()) == (503, {"status": "unhealthy"})


async def test_twenty_tabs_at_once(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock")

    async def use_tab(number: int) -> int:
        async with connect_tab(settings.socket, f"tab-000000{number:02}") as tab:
            await tab.wait_for("user=ann", seconds=60)
            await tab.submit(f"I am {number}")
            await tab.wait_for(f"got: I am {number}", seconds=60)
            return await tab.pid()

    async with serving(settings):
        pids = await asyncio.gather(*(use_tab(number) for number in range(20)))
    assert len(set(pids)) == 20
    await until(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-User": ""}])
async def test_a_websocket_without_a_user_is_refused_before_it_opens(
    socket_folder: Path, headers: dict[str, str]
) -> None:
    settings = small_settings(socket_folder / "tui.sock")
    async with (
        serving(settings),
        httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(uds=str(settings.socket), verify=NO_TLS), headers=headers
        ) as client,
    ):
        with pytest.raises(Exception, match="401") as refused:  # raised alone or in an ExceptionGroup
            async with client.websocket("http://tui/ws", params={"tab": "tab-00000001"}):
                pass
        assert refused


async def test_a_tab_closed_while_its_app_starts_leaves_nothing_behind(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock", max_tabs=3, reattach_seconds=0)
    async with serving(settings) as app:
        for number in range(12):
            async with connect_tab(settings.socket, f"tab-000000{number:02}"):
                pass  # closed at once, like a page that is closed while it loads
        await until(lambda: not len(app.extensions["tabs"]))
        async with connect_tab(settings.socket, "tab-00000099") as tab:
            await tab.wait_for("user=ann")
