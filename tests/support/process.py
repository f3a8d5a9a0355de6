"""Runs a program of the product as a real process in a clean environment, and ends its whole process group."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Returns all environment variables of a child: what every program needs, and `extra`."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **extra}


async def started(
    words: Sequence[str], environment: Mapping[str, str], **options: Any
) -> asyncio.subprocess.Process:  # where its output goes, as asyncio takes it
    """Starts `python -m …` with only these variables and an empty standard input."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *words,
        cwd=ROOT,
        env=clean_environment(environment),
        stdin=asyncio.subprocess.DEVNULL,
        **options,
    )


class Process(Protocol):
    """The interface of a process, whether started by asyncio or by the fork server."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, number: int, /) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...

    async def wait(self) -> int: ...


async def start_alone(words: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    """Starts `python -m …` in its own session and appends its output to the file."""
    with log.open("ab") as output:
        return await started(words, environment, stdout=output, stderr=output, start_new_session=True)


starters: list[Callable[[Sequence[str], Mapping[str, str], Path], Awaitable[Process]]] = [start_alone]
"""The last one starts the programs. The tests add the fork server's; benchmarks start programs without it."""


@asynccontextmanager
async def running(
    module: str, environment: Mapping[str, str], *, ready: Callable[[], Awaitable[bool]], log: Path
) -> AsyncIterator[Process]:
    """Runs `python -m module` until the block ends; its output goes to the file `log`.

    Args:
        ready: called every 50 ms until it returns True.

    Raises:
        RuntimeError: the program ended or was not ready in 30 s; the message contains its output.
    """
    process = await starters[-1](module.split(), environment, log)
    try:
        await _wait_until(ready, process, module, log)
        yield process
    finally:
        await end(process)


async def end(process: Process, *, patience: float = 8.0) -> None:
    """Asks the process to end, then kills its whole process group."""
    if process.returncode is None:
        process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _wait_until(ready: Callable[[], Awaitable[bool]], process: Process, module: str, log: Path) -> None:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while not await ready():
        if process.returncode is not None:
            raise RuntimeError(f"{module} ended with {process.returncode}:\n{log.read_text()}")
        if asyncio.get_running_loop().time() > deadline:
            raise RuntimeError(f"{module} was not ready in {START_SECONDS:.0f} s:\n{log.read_text()}")
        await asyncio.sleep(0.05)
