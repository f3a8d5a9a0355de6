"""The SDK's transport to one Claude Code process: starts it, carries its messages and ends it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from claude_agent_sdk import CLIConnectionError, ProcessError, Transport

from api.claude.credential_pipe import credential_pipes
from runtime.process_tree import child_prefix, end_tree

READ_BYTES = 1 << 18
MAX_MESSAGE_BYTES = 64 << 20
"""Bytes of one message; an image in a tool result takes a few million."""
STDERR_LINES = 20


class CliTransport(Transport):
    """Starts Claude Code and carries JSON lines in both directions.

    Replaces the SDK's own transport, which passes on the whole environment of this process, waits 5 s for each step of
    ending a process, and does not provide the process id.
    """

    def __init__(
        self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], run_as: Sequence[str] = ()
    ) -> None:
        self._command = command
        self._cwd = cwd
        self._environment = environment
        self._run_as = run_as
        self._process: asyncio.subprocess.Process | None = None
        self._stderr_lines: list[str] = []
        self._is_ending = False
        self._stderr_reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process, which is also the id of its group."""
        return self._process.pid if self._process else None

    @property
    def stderr(self) -> str:
        """The last lines of its stderr, for the log."""
        return "\n".join(self._stderr_lines)

    async def connect(self) -> None:
        try:
            with credential_pipes(self._environment) as (environment, pipes):
                self._process = await asyncio.create_subprocess_exec(
                    *child_prefix(self._run_as),
                    *self._command,
                    cwd=self._cwd,
                    env=environment,
                    pass_fds=pipes,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    limit=READ_BYTES,
                    start_new_session=True,
                )
        except OSError as error:
            raise CLIConnectionError(f"Claude Code did not start: {error}") from error
        if self._process.stderr:
            self._stderr_reader = asyncio.create_task(self._read_stderr(self._process.stderr))

    def is_ready(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def write(self, data: str) -> None:
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise CLIConnectionError("Claude Code is not running")
        try:
            process.stdin.write(data.encode())
            await process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise CLIConnectionError("Claude Code does not read its input any more") from error

    async def end_input(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()

    async def read_messages(self) -> AsyncIterator[dict[str, Any]]:  # not typed by the SDK
        """Every JSON object the process writes, until it ends.

        Raises:
            ProcessError: it ended with a non-zero status or by a signal.
        """
        process = self._process
        if process is None or process.stdout is None:
            raise CLIConnectionError("Claude Code is not running")
        decode = msgspec.json.Decoder().decode
        rest = b""
        while chunk := await process.stdout.read(READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                # Programs that Claude Code started may print other lines.
                if line.startswith(b"{"):
                    with suppress(msgspec.DecodeError):
                        yield decode(line)
            if len(rest) > MAX_MESSAGE_BYTES:
                raise CLIConnectionError("Claude Code wrote a message that is too long")
        # After a failed turn the status is 1 even if the end was requested.
        if (status := await process.wait()) and not self._is_ending:
            raise ProcessError("Claude Code ended unexpectedly", exit_code=status, stderr=self.stderr)

    async def close(self) -> None:
        """Ends the process and everything it started."""
        self._is_ending = True
        if self._process is None:
            return
        await end_tree(self._process, run_as=self._run_as)
        if self._stderr_reader:
            self._stderr_reader.cancel()

    async def _read_stderr(self, stderr: asyncio.StreamReader) -> None:
        while chunk := await stderr.read(READ_BYTES):
            lines = chunk.decode(errors="replace").splitlines()
            self._stderr_lines = [*self._stderr_lines, *lines][-STDERR_LINES:]
