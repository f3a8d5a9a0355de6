"""Claude Code's own transcript files: put back from our storage where they are missing or behind."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import claude_agent_sdk as sdk
import msgspec

from api.claude.command import ProcessOptions
from api.claude.home_files import HomeFiles
from api.storage import TranscriptStore


class TranscriptFiles:
    """The transcript files below one config folder."""

    def __init__(self, store: TranscriptStore, config: Path, *, run_as: Sequence[str] = ()) -> None:
        self._store = store
        self._projects = config / "projects"
        self._files = HomeFiles(run_as)

    async def prepare(self, launch: ProcessOptions) -> ProcessOptions:
        """Makes sure that the conversation can be resumed; a launch that has nothing to resume starts anew."""
        project = sdk.project_key_for_directory(launch.cwd)
        key = {"project_key": project, "session_id": launch.session_id}
        path = self._file(project, launch.session_id)
        if not launch.resume:
            if not await self._files.exists(path):
                return launch
            # A process of it began, and was killed before its first turn had: its id is taken for Claude Code.
            launch = msgspec.structs.replace(launch, resume=True)
        entries = await self._store.load(key) or []
        newest = next((entry["uuid"] for entry in reversed(entries) if entry.get("uuid")), None)
        tail = await self._files.tail(path)
        if newest is None:
            if b'"uuid":"' in tail:
                return launch
            # Nobody has said anything yet: Claude Code finds no conversation in that, and takes its id for used.
            await self.forget(launch.session_id)
            return msgspec.structs.replace(launch, resume=False)
        if f'"uuid":"{newest}"'.encode() in tail:
            cost = _cost(_parsed(line for line in tail.splitlines() if b'"cost-state"' in line))
            await self._catch_up(key, tail, newest)
        else:
            await self._write(path, entries)
            cost = _cost(entries)
        for subpath in await self._store.list_subkeys(key):
            path = self._projects / project / launch.session_id / f"{subpath}.jsonl"
            if not await self._files.exists(path):
                await self._write(path, await self._store.load({**key, "subpath": subpath}) or [])
        return msgspec.structs.replace(launch, cost_usd=cost)

    async def _catch_up(self, key: Mapping[str, str], tail: bytes, newest: str) -> None:
        # What Claude Code wrote while nobody listened: we were killed, and it went on for a moment.
        lines = tail.splitlines()
        last = max(number for number, line in enumerate(lines) if f'"uuid":"{newest}"'.encode() in line)
        if missing := [entry for entry in _parsed(lines[last + 1 :]) if entry.get("uuid")]:
            await self._store.append(key, missing)

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


def _parsed(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        # The first line of a tail, and the last one of a killed process, may be a part of one.
        with suppress(ValueError):
            if isinstance(entry := json.loads(line), dict):
                yield entry


def _cost(entries: Iterable[Mapping[str, Any]]) -> float:
    costs = [entry.get("totalCostUSD") for entry in entries if entry.get("type") == "cost-state"]
    return float(costs[-1] or 0.0) if costs else 0.0
