"""Files in the home of another user, reached as that user: nobody else may, and a planted link leads nowhere new."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from api.errors import CliFailedError

TAIL_BYTES = 1 << 22
"""More than Claude Code writes between one mirroring of its transcript and the next."""
_WRITE = 'umask 077; mkdir -p -- "${1%/*}" && cat >"$1.new" && mv -f -- "$1.new" "$1"'

log = structlog.get_logger(__name__)


async def run(command: Sequence[str], given: bytes = b"") -> bytes:
    """Runs a command; its output.

    Raises:
        CliFailedError: it failed; what it said is in our log.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd="/",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaint = await process.communicate(given)
    if process.returncode:
        log.error("command_failed", command=list(command), said=complaint.decode(errors="replace").strip())
        raise CliFailedError("The server cannot reach Claude Code's own files. Its log says why.")
    return output


class HomeFiles:
    """Reads, writes and removes files of one user."""

    def __init__(self, run_as: Sequence[str] = ()) -> None:
        self._run_as = run_as

    async def exists(self, path: Path) -> bool:
        """Whether there is such a file."""
        return await self._shell('test -f "$1" && echo yes || :', path) != b""

    async def tail(self, path: Path) -> bytes:
        """The end of the file; nothing where there is none."""
        return await self._shell(f'test -f "$1" && tail -c {TAIL_BYTES} -- "$1" || :', path)

    async def write(self, path: Path, content: bytes) -> None:
        """Makes the file say exactly this, for its user alone; folders on the way are made."""
        await self._shell(_WRITE, path, given=content)

    async def remove(self, folder: Path, name: str) -> None:
        """Removes everything called `name` or `name.…` in the folders of `folder`."""
        await self._shell('rm -rf -- "$1"/*/"$2" "$1"/*/"$2".*', folder, name)

    async def _shell(self, script: str, *words: str | Path, given: bytes = b"") -> bytes:
        return await run([*self._run_as, "sh", "-c", script, "sh", *map(str, words)], given)
