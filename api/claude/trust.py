"""Whether a folder's own settings, hooks and MCP servers may count: only once a person has accepted them."""

import asyncio
import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path

from api.claude.requests import Requests
from api.clock import timestamp
from api.schema import Request
from api.storage import TrustedFolders

SETTINGS = (".mcp.json", ".claude")
"""What in a folder can make Claude Code run something."""
MOST_FILES = 1_000
LONGEST_FILE = 1 << 20
SHOWN = 4_000
"""Characters of each file that the person is shown."""


class Trust:
    """Asks once for each folder and content, and remembers."""

    def __init__(self, folders: TrustedFolders, *, trusts_all: bool) -> None:
        self._folders = folders
        self._trusts_all = trusts_all

    async def check(self, user: str, folder: Path, root: Path) -> bool:
        """Whether the folder counts as trusted without a question: accepted before, or nothing in it to accept."""
        if self._trusts_all:
            return True
        found = await asyncio.to_thread(_fingerprint, folder, root)
        return found is None or await self._folders.is_accepted(user, str(folder), found)

    async def ask(self, user: str, folder: Path, root: Path, requests: Requests) -> bool:
        """Asks a person; a yes is remembered for what the folder holds now."""
        found = await asyncio.to_thread(_fingerprint, folder, root)
        if found is None:
            return True
        files = await asyncio.to_thread(_contents, folder, root)
        request = Request(
            id=str(uuid.uuid4()),
            kind="trust",
            tool_name="Workspace settings",
            input={"folder": str(folder), "files": files},
            title=f"Trust the settings, hooks and MCP servers in {folder}?",
            reason="They can run commands without asking. Until you accept them they are left out.",
            opened_at=timestamp(),
        )
        answer = await requests.ask(request)
        if answer.decision == "allow":
            # What was shown is what is accepted: a change since then is asked about anew.
            await self._folders.accept(user, str(folder), found)
        return answer.decision == "allow"


def _fingerprint(folder: Path, root: Path) -> str | None:
    files = list(_files(folder, root))
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path).encode() + b"\0" + hashlib.sha256(_read(path)).digest())
    return digest.hexdigest()


def _contents(folder: Path, root: Path) -> dict[str, str]:
    return {str(path): _read(path)[:SHOWN].decode(errors="replace") for path in _files(folder, root)}


def _files(folder: Path, root: Path) -> Iterator[Path]:
    number = 0
    for place in (folder, *folder.parents):
        if place != root and root not in place.parents:
            return
        for name in SETTINGS:
            path = place / name
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    number += 1
                    if number > MOST_FILES:
                        return
                    yield file


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_FILE)
    except OSError:
        return b""
