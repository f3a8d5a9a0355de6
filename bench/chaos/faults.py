"""The faults of the chaos test: programs are killed, paused, or run out of disk, file descriptors or memory."""

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

from bench.chaos.target import Target, files_of

Inflict = Callable[[Target], AbstractAsyncContextManager[None]]
BLOCK = b"\0" * (1 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that lasts for some seconds."""

    name: str
    inflict: Inflict
    """Causes the fault; leaving the block removes its cause, but does not repair the deployment."""
    seconds: float = 0.0


def faults(*, pause: float, has_small_disk: bool) -> list[Fault]:
    """Returns all faults of programs in the order of the test."""
    programs = ("auth", "api", "tui", "demo", "cli")
    killed = [Fault(name=f"{program}: kill -9", inflict=kill(program)) for program in programs]
    paused = [
        Fault(name=f"{program}: paused", inflict=suspend(program), seconds=pause)
        for program in (*programs, "supervisord")
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
    return [*killed, *paused, *disk, *files, *memory, Fault(name="supervisord: kill -9", inflict=kill_supervisord)]


def kill(program: str) -> Inflict:
    """Kills the program, as a crash would; supervisord or the api starts a new process."""

    @asynccontextmanager
    async def inflict(target: Target) -> AsyncIterator[None]:
        for pid in target.pids_of(program):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        yield

    return inflict


@asynccontextmanager
async def kill_supervisord(target: Target) -> AsyncIterator[None]:
    """Kills supervisord, waits until all other programs have ended, and restarts the deployment."""
    os.kill(target.supervisor(), signal.SIGKILL)
    await target.deployment.process.wait()
    yield
    async with asyncio.timeout(30):
        while target.processes():
            await asyncio.sleep(0.1)
    await target.stop()
    await target.start()


def suspend(program: str) -> Inflict:
    """Pauses the program, as on a machine that is suspended or swapping, and resumes it."""

    @asynccontextmanager
    async def inflict(target: Target) -> AsyncIterator[None]:
        pids = target.pids_of(program)
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
async def full_disk(target: Target) -> AsyncIterator[None]:
    """Fills the disk of the deployment's data to the last byte."""
    file, reserve = target.data / "other-file", target.data / "reserve"
    reserve.write_bytes(BLOCK)
    with file.open("wb", buffering=0) as full:
        fill(full)
        reserve.unlink()
        truncate_logs(target.data)
        fill(full)
        try:
            yield
        finally:
            file.unlink()


def fill(file: io.FileIO) -> None:
    """Writes until the disk is full."""
    for block in (BLOCK, BLOCK[:4096], BLOCK[:1]):
        try:
            while file.write(block):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def truncate_logs(data: Path) -> None:
    """Truncates SQLite's write-ahead logs, because the deployment could write into their existing space."""
    for database in data.rglob("*.db"):
        with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=5)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def limit(program: str, what: int) -> Inflict:
    """Limits the program's files or memory to what it uses now."""

    @asynccontextmanager
    async def inflict(target: Target) -> AsyncIterator[None]:
        before = {}
        for pid in target.pids_of(program):
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
