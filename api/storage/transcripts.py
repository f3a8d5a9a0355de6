"""Stores Claude Code's transcripts line by line, with the methods of the SDK's `SessionStore`."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.storage.fencing_tokens import FencingTokens
from api.storage.tables import transcripts
from runtime.database.database import Database

Key = Mapping[str, Any]
"""`project_key`, `session_id` and, for a subagent's transcript, `subpath`."""
Entry = dict[str, Any]
"""One line of a transcript, in Claude Code's own format."""

BATCH = 500
"""Lines in one statement. Databases limit the parameters of a statement."""


class TranscriptStore:
    """The table of transcript lines. A session can be resumed from it on any machine."""

    def __init__(self, database: Database, fencing: FencingTokens | None = None) -> None:
        self._database = database
        self._fencing = fencing or FencingTokens()

    async def append(self, key: Key, entries: Sequence[Mapping[str, Any]]) -> None:
        """Appends lines, except those whose uuid is stored already.

        Raises:
            LeaseLostError: another replica runs the session. All methods that write raise it.
        """
        async with self._database.write() as connection:
            await self._fencing.check_transcript(connection, key["session_id"])
            await self._insert(connection, key, entries)

    async def _insert(self, connection: AsyncConnection, key: Key, entries: Sequence[Mapping[str, Any]]) -> None:
        now = int(time.time() * 1000)
        row_key = {"project": key["project_key"], "session_id": key["session_id"], "subpath": key.get("subpath", "")}
        rows = [
            {
                **row_key,
                "uuid": entry.get("uuid"),
                "entry": json.dumps(entry, separators=(",", ":")),
                "written_ms": now,
            }
            for entry in entries
        ]
        for start in range(0, len(rows), BATCH):
            await connection.execute(self._database.insert_new(transcripts, rows[start : start + BATCH]))

    async def load(self, key: Key) -> list[Entry] | None:
        """All lines of one transcript; None when there are none."""
        wanted = select(transcripts.c.entry).where(_exactly(key)).order_by(transcripts.c.position)
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).scalars().all()
        return [json.loads(line) for line in found] or None

    async def end(self, key: Key, *, lines: int, before: int | None = None) -> list[Entry]:
        """The last lines of one transcript, or the last ones before a position; oldest first."""
        wanted = select(transcripts.c.entry).where(_exactly(key)).order_by(transcripts.c.position.desc()).limit(lines)
        if before is not None:
            wanted = wanted.where(transcripts.c.position < before)
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).scalars().all()
        return [json.loads(line) for line in reversed(found)]

    async def position(self, key: Key, message_id: str) -> int | None:
        """The position of a message's first line."""
        has_id = transcripts.c.entry.contains(f'"id":{json.dumps(message_id)}', autoescape=True)
        wanted = select(func.min(transcripts.c.position)).where(_exactly(key))
        async with self._database.read() as connection:
            for condition in (transcripts.c.uuid == message_id, has_id):
                found: int | None = (await connection.execute(wanted.where(condition))).scalar()
                if found is not None:
                    return found
        return None

    async def list_sessions(self, project_key: str) -> list[Any]:  # the SDK's SessionStoreListEntry
        """The sessions of a project, with the time of their last line in milliseconds."""
        wanted = (
            select(transcripts.c.session_id, func.max(transcripts.c.written_ms))
            .where(transcripts.c.project == project_key, transcripts.c.subpath == "")
            .group_by(transcripts.c.session_id)
        )
        async with self._database.read() as connection:
            return [{"session_id": name, "mtime": written} for name, written in await connection.execute(wanted)]

    async def list_subkeys(self, key: Key) -> list[str]:
        """The subpaths of the transcripts of a session's subagents."""
        wanted = select(transcripts.c.subpath).where(_session(key), transcripts.c.subpath != "").distinct()
        async with self._database.read() as connection:
            return list((await connection.execute(wanted)).scalars())

    async def delete(self, key: Key) -> None:
        """Deletes one subagent's transcript; without `subpath`, the session's and those of all its subagents."""
        condition = _exactly(key) if key.get("subpath") else _session(key)
        async with self._database.write() as connection:
            await self._fencing.check_transcript(connection, key["session_id"])
            await connection.execute(delete(transcripts).where(condition))

    async def replace(self, key: Key, entries: Sequence[Mapping[str, Any]]) -> None:
        """Replaces all lines of one transcript."""
        async with self._database.write() as connection:
            await self._fencing.check_transcript(connection, key["session_id"])
            await connection.execute(delete(transcripts).where(_exactly(key)))
            await self._insert(connection, key, entries)

    async def delete_session(self, session_id: str) -> None:
        """Deletes all transcripts of a session, in every project."""
        async with self._database.write() as connection:
            await self._fencing.check_transcript(connection, session_id)
            await connection.execute(delete(transcripts).where(transcripts.c.session_id == session_id))


def _session(key: Key) -> ColumnElement[bool]:
    return and_(transcripts.c.project == key["project_key"], transcripts.c.session_id == key["session_id"])


def _exactly(key: Key) -> ColumnElement[bool]:
    return and_(_session(key), transcripts.c.subpath == key.get("subpath", ""))
