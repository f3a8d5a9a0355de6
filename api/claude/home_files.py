"""Reads and writes files in a system user's home as that user, so a symbolic link cannot reach the files of others."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from api.errors import CliFailedError

TAIL_BYTES = 1 << 22
"""More than Claude Code writes to a transcript before it reports the lines."""
_WRITE = 'umask 077; mkdir -p -- "${1%/*}" && cat >"$1.new" && mv -f -- "$1.new" "$1"'

log = structlog.get_logger(__name__)


async def run(command: Sequence[str], given: bytes = b"") -> bytes:
    """Runs a command and returns its output.

    Raises:
        CliFailedError: it failed; its error output is in the log.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd="/",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, stderr = await process.communicate(given)
    if process.returncode:
        log.error("command_failed", command=list(command), stderr=stderr.decode(errors="replace").strip())
        raise CliFailedError("The server cannot access Claude Code's files. The server's log has the reason")
    return output


class HomeFiles:
    """The files of one system user."""

    def __init__(self, run_as: Sequence[str] = ()) -> None:
        self._run_as = run_as

    async def exists(self, path: Path) -> bool:
        """Whether the file exists."""
        return await self._shell('test -f "$1" && echo yes || :', path) != b""

    async def tail(self, path: Path) -> bytes:
        """The end of the file; empty if it does not exist."""
        return await self._shell(f'test -f "$1" && tail -c {TAIL_BYTES} -- "$1" || :', path)

    async def write(self, path: Path, content: bytes) -> None:
        """Replaces the content of the file, readable for its user only. Creates missing folders."""
        await self._shell(_WRITE, path, given=content)

    async def remove(self, folder: Path, name: str) -> None:
        """Removes everything called `name` or `name.…` in the folders of `folder`."""
        await self._shell('rm -rf -- "$1"/*/"$2" "$1"/*/"$2".*', folder, name)

    async def _shell(self, script: str, *words: str | Path, given: bytes = b"") -> bytes:
        return await run([*self._run_as, "sh", "-c", script, "sh", *map(str, words)], given)
