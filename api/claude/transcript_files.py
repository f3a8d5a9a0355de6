"""Claude Code's own transcript files: put back from our storage where they are missing or behind."""

import asyncio
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import claude_agent_sdk as sdk
import msgspec

from api.claude.command import Launch
from api.storage import TranscriptStore

TAIL_BYTES = 1 << 16


class TranscriptFiles:
    """The transcript files below one config folder."""

    def __init__(self, store: TranscriptStore, config: Path, *, run_as: Sequence[str] = ()) -> None:
        self._store = store
        self._projects = config / "projects"
        self._run_as = run_as

    async def prepare(self, launch: Launch) -> Launch:
        """Makes sure that the conversation can be resumed; a launch that has nothing to resume starts anew."""
        if not launch.resume:
            return launch
        project = sdk.project_key_for_directory(launch.cwd)
        key = {"project_key": project, "session_id": launch.session_id}
        entries = await self._store.load(key)
        if not entries:
            exists = await asyncio.to_thread(self._file(project, launch.session_id).exists)
            return launch if exists else msgspec.structs.replace(launch, resume=False)
        await asyncio.to_thread(self._restore, self._file(project, launch.session_id), entries)
        for subpath in await self._store.list_subkeys(key):
            path = self._projects / project / launch.session_id / f"{subpath}.jsonl"
            if not path.exists():
                lines = await self._store.load({**key, "subpath": subpath}) or []
                await asyncio.to_thread(self._restore, path, lines)
        return launch

    async def forget(self, session_id: str) -> None:
        """Removes the conversation's files."""
        await asyncio.to_thread(self._forget, session_id)

    async def rewrite(self, cwd: Path, session_id: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """Makes the file say exactly this."""
        path = self._file(sdk.project_key_for_directory(cwd), session_id)
        await asyncio.to_thread(_write, path, entries)

    def _file(self, project: str, session_id: str) -> Path:
        return self._projects / project / f"{session_id}.jsonl"

    def _restore(self, path: Path, entries: list[dict[str, Any]]) -> None:
        newest = next((entry["uuid"] for entry in reversed(entries) if entry.get("uuid")), None)
        if newest is None or newest.encode() not in _tail(path):
            _write(path, entries)

    def _forget(self, session_id: str) -> None:
        for path in self._projects.glob(f"*/{session_id}.jsonl"):
            path.unlink(missing_ok=True)


def _tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            return file.read()
    except OSError:
        return b""


def _write(path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = path.with_suffix(".new")
    whole.write_text("".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries))
    whole.replace(path)
