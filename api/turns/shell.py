"""Runs one shell command for a person, as the user that runs their Claude Code."""

import asyncio
import os
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.claude.process import TAG
from runtime.process_tree import child_prefix, kill_by_environment, kill_group

LONGEST_HEAD = 48_000
LONGEST_TAIL = 16_000
"""Bytes that are kept of what it prints."""
LAST_WORDS = 0.2
"""Seconds to read what is left in the pipe; something that escaped us may hold it open for good."""
READ_BYTES = 1 << 16
TOLD_EVERY = 0.2
"""Seconds between two looks at what it prints."""
LATEST_BYTES = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellResult:
    """What came of a command."""

    output: str
    """What it printed, colours and all; the middle is left out when it is long."""
    exit_code: int | None
    """None when it was stopped."""


async def run_command(
    command: str,
    *,
    folder: Path,
    environment: Mapping[str, str],
    run_as: Sequence[str],
    stop: "asyncio.Future[Any]",
    tell: Callable[[str], None] = lambda _: None,
) -> ShellResult:
    """Runs the command to its end, or until `stop` is done. Nothing that it started is left.

    Args:
        tell: called with the last lines of what it printed so far, now and then while it runs.

    Raises:
        OSError: there is no shell, or no such folder.
    """
    tag = str(uuid.uuid4())
    output = _Output()
    # A pipe of our own: asyncio would wait for whatever holds it open, though the command has ended.
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *child_prefix(run_as),
            "bash",
            "-c",
            command,
            cwd=folder,
            env={**environment, TAG: tag, "PWD": str(folder)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    reader = asyncio.create_task(output.read(reading))
    telling = asyncio.create_task(_tell(output, tell))
    ending = asyncio.create_task(process.wait())
    either: set[asyncio.Future[Any]] = {ending, stop}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        status = process.returncode
    finally:
        telling.cancel()
        await kill_group(process.pid, run_as=run_as)
        await kill_by_environment(f"{TAG}={tag}", run_as=run_as)
        await ending
        await asyncio.wait({reader}, timeout=LAST_WORDS)
        reader.cancel()
    return ShellResult(output=output.text, exit_code=status)


async def _tell(output: "_Output", tell: Callable[[str], None]) -> None:
    while True:
        await output.has_more.wait()
        output.has_more.clear()
        tell(output.latest)
        await asyncio.sleep(TOLD_EVERY)


class _Output:
    """The beginning and the end of what is printed, in bounded memory."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._lost = 0
        self.has_more = asyncio.Event()
        """Set when something was printed."""

    @property
    def latest(self) -> str:
        """The last whole lines, in a few kilobytes."""
        text = b"".join([self._head[-LATEST_BYTES:], *self._tail])[-LATEST_BYTES:]
        if len(text) == LATEST_BYTES:
            text = text[text.find(b"\n") + 1 :]
        return text.decode(errors="replace")

    @property
    def text(self) -> str:
        tail = b"".join(self._tail)
        if not self._lost:
            return (bytes(self._head) + tail).decode(errors="replace")
        gap = f"\n… {self._lost} bytes left out …\n"
        return self._head.decode(errors="replace") + gap + tail.decode(errors="replace")

    async def read(self, pipe: int) -> None:
        """Reads the pipe to its end, and closes it."""
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(pipe, "rb")
        )
        try:
            while chunk := await stream.read(READ_BYTES):
                self._keep(chunk)
        finally:
            transport.close()

    def _keep(self, chunk: bytes) -> None:
        self.has_more.set()
        room = LONGEST_HEAD - len(self._head)
        self._head += chunk[:room]
        if rest := chunk[room:]:
            self._tail.append(rest)
            self._tail_size += len(rest)
        while self._tail_size - len(self._tail[0] if self._tail else b"") > LONGEST_TAIL:
            lost = len(self._tail.popleft())
            self._tail_size -= lost
            self._lost += lost
