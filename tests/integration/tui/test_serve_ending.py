"""However serve or an app ends, no process stays behind."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.support.pids import children_of, is_alive
from tests.support.serve import serve_process
from tests.support.tab_client import TabClient, visiting
from tests.support.waiting import until


async def child_of(visitor: TabClient) -> int:
    """Has the app start a child that ignores every polite signal."""
    await visitor.submit("child")
    await visitor.sees("child=")
    return int(visitor.text.partition("child=")[2].split()[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_nothing_outlives_serve(socket_folder: Path, number: int) -> None:
    async with serve_process(socket_folder) as serve:
        async with visiting(socket_folder / "tui.sock") as visitor:
            await visitor.pid()
            await until(lambda: len(children_of(serve.pid)) == 2)
            apps = children_of(serve.pid)
            visitor.draws = False  # a client that writes to a closed line never reads how it was closed
            serve.send_signal(number)
            if number != signal.SIGKILL:
                assert await visitor.is_closed() == (1012, "restarting")
        assert await asyncio.wait_for(serve.wait(), 8) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
        await until(lambda: not any(is_alive(pid) for pid in apps), seconds=8)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_an_app_that_hangs_does_not_outlive_serve(socket_folder: Path, number: int) -> None:
    async with serve_process(socket_folder) as serve:
        async with visiting(socket_folder / "tui.sock") as visitor:
            app, child = await visitor.pid(), await child_of(visitor)
            await visitor.submit("hang")
            await visitor.send("ping", 1)
            await visitor.hears("pong")
            serve.send_signal(number)
        await asyncio.wait_for(serve.wait(), 10)
        await until(lambda: not is_alive(app) and not is_alive(child), seconds=8)


async def test_what_an_app_started_ends_with_it(socket_folder: Path) -> None:
    async with serve_process(socket_folder), visiting(socket_folder / "tui.sock") as visitor:
        app, child = await visitor.pid(), await child_of(visitor)
        visitor.draws = False  # as above
        os.kill(app, signal.SIGKILL)
        assert await visitor.is_closed() == (4500, "crashed")
        await until(lambda: not is_alive(child))


async def test_a_spare_that_dies_is_replaced_when_it_is_needed(socket_folder: Path) -> None:
    async with serve_process(socket_folder) as serve:
        await until(lambda: len(children_of(serve.pid)) == 1)
        (spare,) = children_of(serve.pid)
        os.kill(spare, signal.SIGKILL)
        await until(lambda: not is_alive(spare))
        async with visiting(socket_folder / "tui.sock") as visitor:
            assert await visitor.pid() != spare


async def test_a_killed_serve_leaves_a_socket_that_the_next_one_replaces(socket_folder: Path) -> None:
    async with serve_process(socket_folder) as serve:
        serve.kill()
        await serve.wait()
    assert (socket_folder / "tui.sock").exists()
    async with serve_process(socket_folder), visiting(socket_folder / "tui.sock") as visitor:
        await visitor.pid()
        assert (socket_folder / "tui.sock").stat().st_mode & 0o777 == 0o660


async def test_idle_apps_and_serve_use_no_processor(socket_folder: Path) -> None:
    def ticks(pids: list[int]) -> int:
        return sum(sum(int(each) for each in Path(f"/proc/{pid}/stat").read_text().split()[13:15]) for pid in pids)

    async with serve_process(socket_folder) as serve, visiting(socket_folder / "tui.sock") as visitor:
        await visitor.pid()
        await until(lambda: len(children_of(serve.pid)) == 2)
        pids = [serve.pid, *children_of(serve.pid)]
        least = 100
        for _ in range(4):  # the spare is still starting at first
            before = ticks(pids)
            await asyncio.sleep(1)
            least = min(least, ticks(pids) - before)
        assert least <= 3, f"{least} hundredths of a second of processor in one idle second"
