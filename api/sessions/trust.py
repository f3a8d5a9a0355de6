"""Decides whether a folder's own settings, hooks and MCP servers apply: only after a person has accepted them."""

import asyncio
import hashlib
import os
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from api.schema import Request
from api.sessions.requests import RequestList
from api.storage import TrustedFolders
from runtime.clock import timestamp

SETTINGS = (".mcp.json", ".claude")
"""The files and folders that can make Claude Code run something."""
MAX_FILES = 1_000
MAX_FILE_BYTES = 1 << 20
SHOWN_BYTES = 4_000
"""How many bytes of each file the person is shown."""


class Trust:
    """Asks once for each folder and its content, and stores the answer."""

    def __init__(self, folders: TrustedFolders, *, trusts_all: bool) -> None:
        self._folders = folders
        self._trusts_all = trusts_all

    async def check(self, user: str, folder: Path, root: Path) -> bool:
        """Whether the folder is trusted without asking: it was accepted before, or there is nothing to accept."""
        if self._trusts_all:
            return True
        found = await asyncio.to_thread(_fingerprint, folder, root)
        return found is None or await self._folders.is_accepted(user, str(folder), found)

    async def ask(self, user: str, folder: Path, root: Path, requests: RequestList) -> bool:
        """Asks a person. Acceptance is stored for the present content of the folder."""
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
            # Only this content is accepted: after a change, the person is asked again.
            await self._folders.accept(user, str(folder), found)
        return answer.decision == "allow"


def _fingerprint(folder: Path, root: Path) -> str | None:
    files = _files(folder, root)
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path}\0{path.stat().st_size}\0".encode() + hashlib.sha256(_read(path)).digest())
    return digest.hexdigest()


def _contents(folder: Path, root: Path) -> dict[str, str]:
    return {str(path): _beginning(_read(path)) for path in _files(folder, root)}


def _beginning(content: bytes) -> str:
    """What is shown of a file, with a note if that is not all."""
    shown = content[:SHOWN_BYTES].decode(errors="replace")
    return (
        shown
        if len(content) <= SHOWN_BYTES
        else f"{shown}\n… {len(content) - SHOWN_BYTES:,} more bytes are not shown here"
    )


def _files(folder: Path, root: Path) -> list[Path]:
    places = [place for place in (folder, *folder.parents) if place == root or root in place.parents]
    paths = (path for place in places for name in SETTINGS for path in _below(place / name))
    # The number is limited because a link may lead into a large folder.
    return sorted(islice((path for path in paths if path.is_file()), MAX_FILES))


def _below(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
    for folder, _, names in os.walk(path):
        for name in names:
            yield Path(folder, name)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except OSError:
        return b""
