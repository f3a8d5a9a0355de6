"""Starts a process that ends with this one, and ends a process with everything it started."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

CLOSE_SECONDS = 3.0
"""How long a process may run after its input is closed; Claude Code writes its transcript meanwhile."""
TERM_SECONDS = 1.0
"""How long a process may run after SIGTERM."""
PARENT_DEATH_SIGNAL = ("--pdeathsig", "TERM")
NICENESS = 5
# With autogroup scheduling, Linux divides the CPU between sessions first. Each child has its own session, so its
# autogroup is lowered as well.
_LOWER_PRIORITY = f'echo {NICENESS} 2>/dev/null >/proc/self/autogroup; exec nice -n {NICENESS} "$@"'
PROC = Path("/proc")
# Only its own user may read the environment of a process. The shell that searches does not have this variable, so it
# does not kill itself.
_KILL_BY_ENVIRONMENT = """
for found in $(grep -lzxF -e "$1" /proc/[0-9]*/environ 2>/dev/null); do
  found=${found#/proc/}; kill -9 "${found%/environ}"
done
"""


def child_prefix(run_as: Sequence[str]) -> tuple[str, ...]:
    """A command prefix: the process gets a lower priority and is terminated when this one ends, even by SIGKILL.

    Without it, Claude Code would run a turn to its end after this process has ended, and a compiler that Claude starts
    would slow down the gateway and the terminal apps.

    Args:
        run_as: the command prefix that runs the process as another user, with setpriv; empty for this user.
    """
    prefix = ("sh", "-c", _LOWER_PRIORITY, "sh")
    if run_as:
        return (*prefix, run_as[0], *PARENT_DEATH_SIGNAL, *run_as[1:])
    setpriv = shutil.which("setpriv")
    return (*prefix, *((setpriv, *PARENT_DEATH_SIGNAL, "--") if setpriv else ()))


async def end_tree(process: asyncio.subprocess.Process, *, run_as: Sequence[str] = ()) -> None:
    """Closes the input of a process, then sends SIGTERM, then SIGKILL; kills its descendants in other groups too.

    Args:
        run_as: the command prefix under which the process runs as another user.
    """
    descendants = _descendants(process)
    if process.stdin:
        process.stdin.close()
    if not await _ends_within(process, CLOSE_SECONDS):
        await _signal_group(process.pid, signal.SIGTERM, run_as)
        if not await _ends_within(process, TERM_SECONDS):
            descendants = _descendants(process)
            await kill_group(process.pid, run_as=run_as)
            await process.wait()
    for descendant in descendants:
        if descendant.is_running():  # and its pid was not reused
            await kill_group(descendant.pid, run_as=run_as)


async def kill_group(pid: int, *, run_as: Sequence[str] = ()) -> None:
    """Kills a process and its group at once."""
    await _signal_group(pid, signal.SIGKILL, run_as)


async def kill_by_environment(entry: str, *, run_as: Sequence[str] = ()) -> None:
    """Kills the processes with this entry, as `NAME=value`, in their environment.

    This also finds the children of a process that has ended; they are no longer its descendants.
    """
    if run_as:
        await _run(*run_as, "sh", "-c", _KILL_BY_ENVIRONMENT, "sh", entry)
    else:
        _kill_by_environment(entry.encode())


def _kill_by_environment(entry: bytes) -> None:
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if entry in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)


def _descendants(process: asyncio.subprocess.Process) -> list[psutil.Process]:
    # A sandbox may hide a part of /proc. Then only the group is killed.
    with suppress(psutil.Error, OSError, RuntimeError):
        if process.returncode is None:
            return psutil.Process(process.pid).children(recursive=True)
    return []


async def _ends_within(process: asyncio.subprocess.Process, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
    return process.returncode is not None


async def _signal_group(pid: int, number: signal.Signals, run_as: Iterable[str]) -> None:
    try:
        # A group's id is its leader's pid. A process that is no leader is signalled alone.
        target = pid if os.getpgid(pid) != pid else -pid
        os.kill(target, number)
    except ProcessLookupError:
        return
    except PermissionError:
        # It runs as another user, who may signal it.
        await _run(*run_as, "kill", f"-{int(number)}", "--", str(target))


async def _run(*command: str) -> None:
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdin=quiet, stdout=quiet, stderr=quiet)
    await process.wait()
