"""Slow readers, silent browsers, crowds: nothing grows, nothing waits for ever."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from tests.support.network import NO_TLS
from tests.support.pids import is_alive
from tests.support.serve import serving, small_settings
from tests.support.tab_client import visiting
from tests.support.waiting import until
from tui.serve.send_queue import MAX_MERGED_BYTES, MAX_UNDRAWN_BYTES


async def test_one_who_draws_nothing_is_sent_little_and_then_the_newest_screen(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock")),
        visiting(socket_folder / "tui.sock", width=200, height=60) as visitor,
    ):
        await visitor.sees("user=ann")
        visitor.draws = False
        before = visitor.received
        await visitor.submit("flood 3")
        # Others are served meanwhile: the flood's app is not blocked and neither is serve.
        async with visiting(socket_folder / "tui.sock", "tab-00000002") as other:
            await other.sees("user=ann")
            await until(lambda: visitor.received - before > MAX_UNDRAWN_BYTES - MAX_MERGED_BYTES)
            await asyncio.sleep(3)
            assert visitor.received - before < MAX_UNDRAWN_BYTES + 4 * MAX_MERGED_BYTES
        visitor.draws = True
        await visitor.send("drawn", visitor.received)
        await visitor.sees("flood is over")


async def test_one_who_stops_reading_blocks_nobody(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock")),
        visiting(socket_folder / "tui.sock", width=200, height=60) as visitor,
    ):
        await visitor.sees("user=ann")
        visitor.reads.clear()
        await visitor.submit("flood 2")
        async with visiting(socket_folder / "tui.sock", "tab-00000002") as other:
            await other.sees("user=ann")
            for number in range(20):
                await other.submit(f"line {number}")
                await other.sees(f"got: line {number}")
        visitor.reads.set()
        await visitor.sees("flood is over")


async def test_a_silent_browser_is_asked_and_then_given_up(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock", ping_seconds=0.4)),
        visiting(socket_folder / "tui.sock") as visitor,
    ):
        await visitor.pid()
        visitor.draws = False  # or every blink of the cursor is answered
        await visitor.hears("ping")
        assert await visitor.is_closed() == (4408, "silent")


async def test_a_browser_that_answers_stays(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock", ping_seconds=2)),
        visiting(socket_folder / "tui.sock") as visitor,
    ):
        await visitor.pid()
        visitor.draws = False
        for times in range(1, 4):
            await visitor.hears("ping", times=times)
            await visitor.send("ping", 0)
        assert visitor.closed is None


async def test_a_person_may_have_so_many_tabs_and_no_more(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock", max_tabs=2)
    async with serving(settings), visiting(settings.socket, "tab-00000001") as first:
        await first.pid()
        async with visiting(settings.socket, "tab-00000002") as second:
            away = await second.pid()
            async with visiting(settings.socket, "tab-00000003") as third:
                assert await third.is_closed() == (4429, "full_user")
            async with visiting(settings.socket, "tab-00000001", user="bob@example.com") as bobs:
                await bobs.sees("user=bob")
        # Who is away makes room.
        async with visiting(settings.socket, "tab-00000003") as third:
            await third.sees("user=ann")
        await until(lambda: not is_alive(away))


async def test_all_together_may_have_so_many_tabs_and_no_more(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock", max_tabs_total=1)
    async with serving(settings), visiting(settings.socket) as visitor:
        await visitor.sees("user=ann")
        async with visiting(settings.socket, user="bob@example.com") as bobs:
            assert await bobs.is_closed() == (4430, "full_all")


async def test_a_huge_window_is_clamped(socket_folder: Path) -> None:
    async with (
        serving(small_settings(socket_folder / "tui.sock")),
        visiting(socket_folder / "tui.sock", width=20000, height=5000) as visitor,
    ):
        await visitor.hears("page_state")
        await until(lambda: visitor.received > 0)
        await visitor.send("ping", 1)
        await visitor.hears("pong")
        assert visitor.received < 3_000_000


async def test_an_app_that_does_not_start_is_said_and_makes_serve_unhealthy(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock")
    broken = small_settings(settings.socket, command=(*settings.command, "--broken"))
    async with serving(broken):
        async with visiting(settings.socket) as visitor:
            assert await visitor.is_closed() == (4503, "app_failed")
        async with httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(uds=str(settings.socket), verify=NO_TLS)
        ) as client:
            answer = await client.get("http://tui/health")
        assert (answer.status_code, answer.json()) == (503, {"status": "unhealthy"})


async def test_twenty_tabs_at_once(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock")

    async def visit(number: int) -> int:
        async with visiting(settings.socket, f"tab-000000{number:02}") as visitor:
            await visitor.sees("user=ann", seconds=60)
            await visitor.submit(f"I am {number}")
            await visitor.sees(f"got: I am {number}", seconds=60)
            return await visitor.pid()

    async with serving(settings):
        pids = await asyncio.gather(*(visit(number) for number in range(20)))
    assert len(set(pids)) == 20
    await until(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-User": ""}])
async def test_a_socket_without_the_doors_word_is_refused_before_it_opens(
    socket_folder: Path, headers: dict[str, str]
) -> None:
    settings = small_settings(socket_folder / "tui.sock")
    async with (
        serving(settings),
        httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(uds=str(settings.socket), verify=NO_TLS), headers=headers
        ) as client,
    ):
        with pytest.raises(Exception, match="401") as refused:  # an ExceptionGroup or the error itself
            async with client.websocket("http://tui/ws", params={"tab": "tab-00000001"}):
                pass
        assert refused


async def test_who_leaves_before_the_app_is_there_leaves_nothing_behind(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock", max_tabs=3, reattach_seconds=0)
    async with serving(settings) as app:
        for number in range(12):
            async with visiting(settings.socket, f"tab-000000{number:02}"):
                pass  # gone at once, as a page is that is closed while it opens
        await until(lambda: not len(app.extensions["tabs"]))
        async with visiting(settings.socket, "tab-00000099") as visitor:
            await visitor.sees("user=ann")
