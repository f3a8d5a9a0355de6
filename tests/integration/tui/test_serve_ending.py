"""No process is left over, however serve or an app ends."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.support.pids import children_of, is_alive
from tests.support.serve import serve_process
from tests.support.tab_client import TabClient, connect_tab
from tests.support.waiting import until


async def child_of(tab: TabClient) -> int:
    """Makes the app start a child that ignores SIGTERM, and returns its process id."""
    await tab.submit("child")
    await tab.wait_for("child=")
    return int(tab.text.partition("child=")[2].split()[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_no_app_outlives_serve(socket_folder: Path, number: int) -> None:
    async with serve_process(socket_folder) as serve:
        async with connect_tab(socket_folder / "tui.sock") as tab:
            await tab.pid()
            await until(lambda: len(children_of(serve.pid)) == 2)
            apps = children_of(serve.pid)
            tab.acknowledges = False  # writing to a closed socket would hide the close code
            serve.send_signal(number)
            if number != signal.SIGKILL:
                assert await tab.wait_closed() == (1012, "restarting")
        assert await asyncio.wait_for(serve.wait(), 8) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
        await until(lambda: not any(is_alive(pid) for pid in apps), seconds=8)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_an_app_that_hangs_does_not_outlive_serve(socket_folder: Path, number: int) -> None:
    async with serve_process(socket_folder) as serve:
        async with connect_tab(socket_folder / "tui.sock") as tab:
            app, child = await tab.pid(), await child_of(tab)
            await tab.submit("hang")
            await tab.send("ping", 1)
            await tab.wait_for_message("pong")
            serve.send_signal(number)
        await asyncio.wait_for(serve.wait(), 10)
        await until(lambda: not is_alive(app) and not is_alive(child), seconds=8)


async def test_the_children_of_an_app_end_with_it(socket_folder: Path) -> None:
    async with serve_process(socket_folder), connect_tab(socket_folder / "tui.sock") as tab:
        app, child = await tab.pid(), await child_of(tab)
        tab.acknowledges = False  # as above
        os.kill(app, signal.SIGKILL)
        assert await tab.wait_closed() == (4500, "crashed")
        await until(lambda: not is_alive(child))


async def test_a_dead_spare_app_is_replaced_when_a_tab_opens(socket_folder: Path) -> None:
    async with serve_process(socket_folder) as serve:
        await until(lambda: len(children_of(serve.pid)) == 1)
        (spare,) = children_of(serve.pid)
        os.kill(spare, signal.SIGKILL)
        await until(lambda: not is_alive(spare))
        async with connect_tab(socket_folder / "tui.sock") as tab:
            assert await tab.pid() != spare


async def test_serve_replaces_the_socket_of_a_killed_predecessor(socket_folder: Path) -> None:
    async with serve_process(socket_folder) as serve:
        serve.kill()
        await serve.wait()
    assert (socket_folder / "tui.sock").exists()
    async with serve_process(socket_folder), connect_tab(socket_folder / "tui.sock") as tab:
        await tab.pid()
        assert (socket_folder / "tui.sock").stat().st_mode & 0o777 == 0o660


async def test_idle_apps_and_serve_use_no_cpu(socket_folder: Path) -> None:
    def ticks(pids: list[int]) -> int:
        return sum(sum(int(each) for each in Path(f"/proc/{pid}/stat").read_text().split()[13:15]) for pid in pids)

    async with serve_process(socket_folder) as serve, connect_tab(socket_folder / "tui.sock") as tab:
        await tab.pid()
        await until(lambda: len(children_of(serve.pid)) == 2)
        pids = [serve.pid, *children_of(serve.pid)]
        least = 100
        for _ in range(4):  # the spare app is still starting at first
            before = ticks(pids)
            await asyncio.sleep(1)
            least = min(least, ticks(pids) - before)
        assert least <= 3, f"{least} hundredths of a second of processor in one idle second"
