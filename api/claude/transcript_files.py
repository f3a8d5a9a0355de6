"""Claude Code's own transcript files: put back from our storage where they are missing or behind."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import claude_agent_sdk as sdk
import msgspec

from api.claude.command import Launch
from api.claude.home_files import HomeFiles
from api.storage import TranscriptStore


class TranscriptFiles:
    """The transcript files below one config folder."""

    def __init__(self, store: TranscriptStore, config: Path, *, run_as: Sequence[str] = ()) -> None:
        self._store = store
        self._projects = config / "projects"
        self._files = HomeFiles(run_as)

    async def prepare(self, launch: Launch) -> Launch:
        """Makes sure that the conversation can be resumed; a launch that has nothing to resume starts anew."""
        if not launch.resume:
            return launch
        project = sdk.project_key_for_directory(launch.cwd)
        key = {"project_key": project, "session_id": launch.session_id}
        path = self._file(project, launch.session_id)
        entries = await self._store.load(key)
        if not entries:
            exists = await self._files.exists(path)
            return launch if exists else msgspec.structs.replace(launch, resume=False)
        newest = next((entry["uuid"] for entry in reversed(entries) if entry.get("uuid")), None)
        tail = await self._files.tail(path)
        if newest is not None and newest.encode() in tail:
            # The first line may be a part of one.
            lines = [line for line in tail.splitlines()[1:] if b'"cost-state"' in line]
            cost = _cost(map(json.loads, lines))
        else:
            await self._write(path, entries)
            cost = _cost(entries)
        for subpath in await self._store.list_subkeys(key):
            path = self._projects / project / launch.session_id / f"{subpath}.jsonl"
            if not await self._files.exists(path):
                await self._write(path, await self._store.load({**key, "subpath": subpath}) or [])
        return msgspec.structs.replace(launch, cost_usd=cost)

    async def forget(self, session_id: str) -> None:
        """Removes the conversation's files."""
        await self._files.remove(self._projects, session_id)

    async def rewrite(self, cwd: Path, session_id: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """Makes the file say exactly this."""
        await self._write(self._file(sdk.project_key_for_directory(cwd), session_id), entries)

    def _file(self, project: str, session_id: str) -> Path:
        return self._projects / project / f"{session_id}.jsonl"

    async def _write(self, path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
        lines = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
        await self._files.write(path, lines.encode())


def _cost(entries: Iterable[Mapping[str, Any]]) -> float:
    costs = [entry.get("totalCostUSD") for entry in entries if entry.get("type") == "cost-state"]
    return float(costs[-1] or 0.0) if costs else 0.0
