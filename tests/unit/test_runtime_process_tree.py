"""A process ends with everything it started, and with the process that started it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil

from runtime.process_tree import child_prefix, end_tree, kill_by_environment
from tests.support.process import ROOT
from tests.support.waiting import until

FAMILY = "setsid sleep 600 & sleep 600 & read -r line; exit 7"
"""A child in another group, one in the same group, and an end when the input closes."""
STUBBORN = "trap '' TERM; setsid sleep 600 & while :; do sleep 0.1; done"


async def start(code: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "bash", "-c", code, stdin=-1, start_new_session=True, env={**os.environ, **environment}
    )


async def long_sleepers(process: asyncio.subprocess.Process, count: int) -> list[psutil.Process]:
    """So many descendants that run `sleep 600`."""
    found: list[psutil.Process] = []

    def are_there() -> bool:
        found.clear()
        with suppress(psutil.Error):
            every = psutil.Process(process.pid).children(recursive=True)
            found.extend(each for each in every if each.cmdline() == ["sleep", "600"])
        return len(found) == count

    await until(are_there)
    return found


async def test_a_process_may_end_normally_and_its_descendants_are_killed() -> None:
    process = await start(FAMILY)
    children = await long_sleepers(process, 2)
    await end_tree(process)
    assert process.returncode == 7
    await until(lambda: not any(child.is_running() for child in children))


async def test_a_process_that_ignores_sigterm_is_killed_with_its_descendants() -> None:
    process = await start(STUBBORN)
    (child,) = await long_sleepers(process, 1)
    await end_tree(process)
    assert process.returncode == -signal.SIGKILL
    await until(lambda: not child.is_running())


async def test_an_ended_process_is_no_error() -> None:
    process = await start("exit 3")
    await process.wait()
    await end_tree(process)
    assert process.returncode == 3


async def test_children_of_an_ended_process_are_found_by_their_environment() -> None:
    process = await start("setsid sleep 600 & wait", TEST_TREE="this-one")
    (child,) = await long_sleepers(process, 1)
    process.kill()
    await process.wait()
    await kill_by_environment("TEST_TREE=this")
    assert child.is_running()
    await kill_by_environment("TEST_TREE=this-one")
    await until(lambda: not child.is_running())


def test_a_child_has_a_lower_priority_and_ends_when_its_parent_is_killed() -> None:
    command = [*child_prefix(()), "sleep", "600"]
    code = f"import subprocess; print(subprocess.Popen({command!r}).pid, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=-1, stdout=-1, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        deadline = time.monotonic() + 20
        while child.cmdline() != ["sleep", "600"]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert child.nice() == psutil.Process().nice() + 5
        parent.kill()
    assert child.wait(timeout=20) is None or not child.is_running()
