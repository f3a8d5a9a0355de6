"""Runs one shell command for a person, as the system user that runs their Claude Code."""

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

MAX_HEAD_BYTES = 48_000
MAX_TAIL_BYTES = 16_000
"""Bytes kept from the beginning and the end of the output."""
READ_SECONDS = 0.2
"""How long the rest of the output is read after the command has ended: a process it left may hold the pipe open."""
READ_BYTES = 1 << 16
REPORT_SECONDS = 0.2
"""How often new output is reported."""
LATEST_BYTES = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellResult:
    """The result of a command."""

    output: str
    """What it printed, including colours. The middle of a long output is left out."""
    exit_code: int | None
    """None if it was stopped."""


async def run_command(
    command: str,
    *,
    folder: Path,
    environment: Mapping[str, str],
    run_as: Sequence[str],
    stop: "asyncio.Future[Any]",
    on_output: Callable[[str], None] = lambda _: None,
) -> ShellResult:
    """Runs the command to its end, or until `stop` is done. Also ends everything that it started.

    Args:
        on_output: called with the last lines of the output while the command runs.

    Raises:
        OSError: there is no shell, or no such folder.
    """
    tag = str(uuid.uuid4())
    output = _Output()
    # With a pipe of asyncio, `process.wait` returns only when every process that inherited the pipe has closed it.
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
    reporting = asyncio.create_task(_report(output, on_output))
    ending = asyncio.create_task(process.wait())
    either: set[asyncio.Future[Any]] = {ending, stop}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        status = process.returncode
    finally:
        reporting.cancel()
        await kill_group(process.pid, run_as=run_as)
        await kill_by_environment(f"{TAG}={tag}", run_as=run_as)
        await ending
        await asyncio.wait({reader}, timeout=READ_SECONDS)
        reader.cancel()
    return ShellResult(output=output.text, exit_code=status)


async def _report(output: "_Output", on_output: Callable[[str], None]) -> None:
    while True:
        await output.has_more.wait()
        output.has_more.clear()
        on_output(output.latest)
        await asyncio.sleep(REPORT_SECONDS)


class _Output:
    """Keeps the beginning and the end of the output, in bounded memory."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._left_out = 0
        self.has_more = asyncio.Event()
        """Set when something was printed."""

    @property
    def latest(self) -> str:
        """The last whole lines, up to a few kilobytes."""
        text = b"".join([self._head[-LATEST_BYTES:], *self._tail])[-LATEST_BYTES:]
        if len(text) == LATEST_BYTES:
            text = text[text.find(b"\n") + 1 :]
        return text.decode(errors="replace")

    @property
    def text(self) -> str:
        tail = b"".join(self._tail)
        if not self._left_out:
            return (bytes(self._head) + tail).decode(errors="replace")
        gap = f"\n… {self._left_out} bytes left out …\n"
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
        room = MAX_HEAD_BYTES - len(self._head)
        self._head += chunk[:room]
        if rest := chunk[room:]:
            self._tail.append(rest)
            self._tail_size += len(rest)
        while self._tail_size - len(self._tail[0] if self._tail else b"") > MAX_TAIL_BYTES:
            left_out = len(self._tail.popleft())
            self._tail_size -= left_out
            self._left_out += left_out
