"""Ending a Claude Code process so that nothing it started is left."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

PATIENCE = 3.0
"""Seconds a process has to end by itself once its input is closed; it writes its transcript meanwhile."""
TERM_PATIENCE = 1.0
LEASH = ("--pdeathsig", "TERM")
NICENESS = 5
# Linux may share the processor among terminal sessions first, and each Claude Code is one; then only the second counts.
_STEP_BACK = f'echo {NICENESS} 2>/dev/null >/proc/self/autogroup; exec nice -n {NICENESS} "$@"'
PROC = Path("/proc")
# Only its own user may look into a process; the searching shell itself has no tag.
_KILL_TAGGED = """
for found in $(grep -lzxF -e "$1" /proc/[0-9]*/environ 2>/dev/null); do
  found=${found#/proc/}; kill -9 "${found%/environ}"
done
"""


def leashed(run_as: Sequence[str]) -> tuple[str, ...]:
    """The command prefix `run_as`, under which a process also ends when we do, even if we are killed, and steps back.

    An idle Claude Code ends when its input does; one that runs a turn would go on to the turn's end. A compiler that it
    starts takes the processor that is left over: whoever watches, types or signs in comes first.
    """
    if run_as:
        return (*_step_back(), run_as[0], *LEASH, *run_as[1:])
    setpriv = shutil.which("setpriv")
    return (*_step_back(), *((setpriv, *LEASH, "--") if setpriv else ()))


def _step_back() -> tuple[str, ...]:
    return ("sh", "-c", _STEP_BACK, "sh")


async def end_tree(process: asyncio.subprocess.Process, *, run_as: Sequence[str] = ()) -> None:
    """Closes its input, then asks, then kills; what it started in process groups of its own goes too."""
    family = descendants(process.pid) if process.returncode is None else []
    if process.stdin:
        process.stdin.close()
    if not await _ends_within(process, PATIENCE):
        await _signal_group(process.pid, signal.SIGTERM, run_as)
        if not await _ends_within(process, TERM_PATIENCE):
            family = descendants(process.pid)
            await kill_group(process.pid, run_as=run_as)
            await process.wait()
    for pid, born in family:
        if _birth(pid) == born:
            await kill_group(pid, run_as=run_as)


async def kill_group(pid: int, *, run_as: Sequence[str] = ()) -> None:
    """Kills a process with its whole group, at once."""
    await _signal_group(pid, signal.SIGKILL, run_as)


async def kill_tagged(tag: str, *, run_as: Sequence[str] = ()) -> None:
    """Kills what has `tag` in its environment: the children of a Claude Code that was killed before them."""
    if run_as:
        await _run(*run_as, "sh", "-c", _KILL_TAGGED, "sh", tag)
    else:
        _kill_tagged(tag.encode())


def _kill_tagged(wanted: bytes) -> None:
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)


def descendants(pid: int) -> list[tuple[int, str]]:
    """All processes below `pid`, each with its birth, since a number is used again. Empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            children.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return [(child, _birth(child)) for child in found]


def _stat(pid: int) -> list[str]:
    # The name in brackets may hold spaces and brackets of its own.
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _birth(pid: int) -> str:
    with suppress(OSError, IndexError):
        return _stat(pid)[19]
    return ""


async def _ends_within(process: asyncio.subprocess.Process, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
    return process.returncode is not None


async def _signal_group(pid: int, number: signal.Signals, run_as: Iterable[str]) -> None:
    try:
        # A group of its own has the number of its leader; a plain child has its parent's.
        target = pid if os.getpgid(pid) != pid else -pid
        os.kill(target, number)
    except ProcessLookupError:
        return
    except PermissionError:
        # It runs as another user, who may signal it where we may not.
        await _run(*run_as, "kill", f"-{int(number)}", "--", str(target))


async def _run(*command: str) -> None:
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdin=quiet, stdout=quiet, stderr=quiet)
    await process.wait()
