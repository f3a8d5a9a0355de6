"""What goes wrong in the chaos test: programs killed or paused, and starved of disk, files and memory."""

import asyncio
import errno
import io
import os
import resource
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.chaos.place import Place, files_of

Inflict = Callable[[Place], AbstractAsyncContextManager[None]]
BLOCK = b"\0" * (1 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, for a while."""

    name: str
    inflict: Inflict
    """Leaving the block takes the cause away, as an operator or time would; the deployment mends itself."""
    seconds: float = 0.0


def faults(*, pause: float, has_small_disk: bool) -> list[Fault]:
    """All of them, in the order of the chaos test."""
    programs = ("auth", "api", "tui", "demo", "cli")
    killed = [Fault(name=f"{program}: kill -9", inflict=kill(program)) for program in programs]
    paused = [
        Fault(name=f"{program}: paused", inflict=stop(program), seconds=pause) for program in (*programs, "supervisord")
    ]
    disk = [Fault(name="disk: full", inflict=full_disk, seconds=3 * pause)] if has_small_disk else []
    files = [
        Fault(name=f"{program}: no file descriptors", inflict=limit(program, resource.RLIMIT_NOFILE), seconds=pause)
        for program in ("auth", "api", "tui")
    ]
    memory = [
        Fault(name=f"{program}: no memory", inflict=limit(program, resource.RLIMIT_AS), seconds=pause)
        for program in ("auth", "api", "tui", "cli")
    ]
    return [*killed, *paused, *disk, *files, *memory, Fault(name="supervisord: kill -9", inflict=kill_all)]


def kill(program: str) -> Inflict:
    """Ends it as a crash does; supervisord, or the api, starts another one."""

    @asynccontextmanager
    async def inflict(place: Place) -> AsyncIterator[None]:
        for pid in place.pids_of(program):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        yield

    return inflict


@asynccontextmanager
async def kill_all(place: Place) -> AsyncIterator[None]:
    """Ends supervisord as a crash does: all else has to go by itself, and whoever started it starts it again."""
    os.kill(place.supervisor(), signal.SIGKILL)
    await place.deployment.process.wait()
    yield
    async with asyncio.timeout(30):
        while place.processes():
            await asyncio.sleep(0.1)
    await place.stop()
    await place.start()


def stop(program: str) -> Inflict:
    """It stands still, as on a machine that is suspended or out of memory, and goes on."""

    @asynccontextmanager
    async def inflict(place: Place) -> AsyncIterator[None]:
        pids = place.pids_of(program)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    return inflict


@asynccontextmanager
async def full_disk(place: Place) -> AsyncIterator[None]:
    """Not a byte is free where the data are."""
    file, reserve = place.data / "somebody-elses", place.data / "the-last-bytes"
    reserve.write_bytes(BLOCK)
    with file.open("wb", buffering=0) as full:
        fill(full)
        reserve.unlink()
        shorten_logs(place.data)
        fill(full)
        try:
            yield
        finally:
            file.unlink()


def fill(file: io.FileIO) -> None:
    """Writes until the last byte is taken."""
    for block in (BLOCK, BLOCK[:4096], BLOCK[:1]):
        try:
            while file.write(block):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def shorten_logs(data: Path) -> None:
    """Gives SQLite's logs back to the disk: what they hold already, the deployment could write into."""
    for database in data.rglob("*.db"):
        with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=5)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def limit(program: str, what: int) -> Inflict:
    """What it has now is all that it may have."""

    @asynccontextmanager
    async def inflict(place: Place) -> AsyncIterator[None]:
        before = {}
        for pid in place.pids_of(program):
            with suppress(ProcessLookupError, FileNotFoundError):
                before[pid] = resource.prlimit(pid, what)
                used = _files(pid) if what == resource.RLIMIT_NOFILE else _address_space(pid)
                resource.prlimit(pid, what, (used, before[pid][1]))
        try:
            yield
        finally:
            for pid, limits in before.items():
                with suppress(ProcessLookupError):
                    resource.prlimit(pid, what, limits)

    return inflict


def _files(pid: int) -> int:
    return max(files_of(pid)) + 1


def _address_space(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
