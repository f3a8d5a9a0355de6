"""Claude Code's own transcript files. Restores them from storage where they are missing or outdated."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from api.claude.command import ProcessOptions
from api.claude.home_files import HomeFiles
from api.claude.transcripts import project_key
from api.storage import TranscriptStore


class TranscriptFiles:
    """The transcript files in one config folder."""

    def __init__(self, store: TranscriptStore, config: Path, *, run_as: Sequence[str] = ()) -> None:
        self._store = store
        self._projects = config / "projects"
        self._files = HomeFiles(run_as)

    async def prepare(self, options: ProcessOptions) -> ProcessOptions:
        """Prepares the files for a start. Returns the options with `resume` if possible, and with the cost so far."""
        project = project_key(options.cwd)
        key = {"project_key": project, "session_id": options.session_id}
        path = self._file(project, options.session_id)
        if not options.resume:
            if not await self._files.exists(path):
                return options
            # An earlier process was killed before its first turn. Claude Code does not accept the id for a new one.
            options = msgspec.structs.replace(options, resume=True)
        entries = await self._store.load(key) or []
        newest = next((entry["uuid"] for entry in reversed(entries) if entry.get("uuid")), None)
        tail = await self._files.tail(path)
        if newest is None:
            if b'"uuid":"' in tail:
                return options
            # The file has no messages yet. Claude Code can neither resume it nor use the id for a new one.
            await self.remove(options.session_id)
            return msgspec.structs.replace(options, resume=False)
        if f'"uuid":"{newest}"'.encode() in tail:
            cost = _cost(_parsed(line for line in tail.splitlines() if b'"cost-state"' in line))
            await self._catch_up(key, tail, newest)
        else:
            await self._write(path, entries)
            cost = _cost(entries)
        for subpath in await self._store.list_subkeys(key):
            path = self._projects / project / options.session_id / f"{subpath}.jsonl"
            if not await self._files.exists(path):
                await self._write(path, await self._store.load({**key, "subpath": subpath}) or [])
        return msgspec.structs.replace(options, cost_usd=cost)

    async def _catch_up(self, key: Mapping[str, str], tail: bytes, newest: str) -> None:
        # When this process was killed, Claude Code continued to write for a moment.
        lines = tail.splitlines()
        last = max(number for number, line in enumerate(lines) if f'"uuid":"{newest}"'.encode() in line)
        if missing := [entry for entry in _parsed(lines[last + 1 :]) if entry.get("uuid")]:
            await self._store.append(key, missing)

    async def remove(self, session_id: str) -> None:
        """Removes the files of a conversation."""
        await self._files.remove(self._projects, session_id)

    async def rewrite(self, cwd: Path, session_id: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """Replaces the lines of a conversation."""
        await self._write(self._file(project_key(cwd), session_id), entries)

    def _file(self, project: str, session_id: str) -> Path:
        return self._projects / project / f"{session_id}.jsonl"

    async def _write(self, path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
        lines = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
        await self._files.write(path, lines.encode())


def _parsed(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        # The first line of a tail may be incomplete, and so may the last line of a killed process.
        with suppress(ValueError):
            if isinstance(entry := json.loads(line), dict):
                yield entry


def _cost(entries: Iterable[Mapping[str, Any]]) -> float:
    costs = [entry.get("totalCostUSD") for entry in entries if entry.get("type") == "cost-state"]
    return float(costs[-1] or 0.0) if costs else 0.0
