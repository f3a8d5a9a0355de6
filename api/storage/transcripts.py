"""Claude Code's own transcripts, line by line, in the shape of the SDK's `SessionStore`."""

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
"""One line of a transcript; its meaning is Claude Code's."""

BATCH = 500
"""Lines in one statement; databases limit the parameters of one."""


class TranscriptStore:
    """Keeps what Claude Code writes, so that a conversation outlives its process, its files and its machine."""

    def __init__(self, database: Database, fencing: FencingTokens | None = None) -> None:
        self._database = database
        self._fencing = fencing or FencingTokens()

    async def append(self, key: Key, entries: Sequence[Mapping[str, Any]]) -> None:
        """Adds lines in order; a line whose uuid is there already is left out.

        Raises:
            LeaseLostError: another replica runs the session, as for all that changes transcripts.
        """
        async with self._database.write() as connection:
            await self._fencing.check_transcript(connection, key["session_id"])
            await self._insert(connection, key, entries)

    async def _insert(self, connection: AsyncConnection, key: Key, entries: Sequence[Mapping[str, Any]]) -> None:
        now = int(time.time() * 1000)
        place = {"project": key["project_key"], "session_id": key["session_id"], "subpath": key.get("subpath", "")}
        rows = [
            {
                **place,
                "uuid": entry.get("uuid"),
                "entry": json.dumps(entry, separators=(",", ":")),
                "written_ms": now,
            }
            for entry in entries
        ]
        for start in range(0, len(rows), BATCH):
            await connection.execute(self._database.insert_new(transcripts, rows[start : start + BATCH]))

    async def load(self, key: Key) -> list[Entry] | None:
        """All lines of one transcript, or None when it was never written."""
        wanted = select(transcripts.c.entry).where(_exactly(key)).order_by(transcripts.c.position)
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).scalars().all()
        return [json.loads(line) for line in found] or None

    async def end(self, key: Key, *, lines: int, before: int | None = None) -> list[Entry]:
        """The last lines of one transcript, oldest first; with `before` those before that position."""
        wanted = select(transcripts.c.entry).where(_exactly(key)).order_by(transcripts.c.position.desc()).limit(lines)
        if before is not None:
            wanted = wanted.where(transcripts.c.position < before)
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).scalars().all()
        return [json.loads(line) for line in reversed(found)]

    async def position(self, key: Key, message_id: str) -> int | None:
        """Where a message begins: the position of the first line that carries its id."""
        carries = transcripts.c.entry.contains(f'"id":{json.dumps(message_id)}', autoescape=True)
        wanted = select(func.min(transcripts.c.position)).where(_exactly(key))
        async with self._database.read() as connection:
            for condition in (transcripts.c.uuid == message_id, carries):
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
        """The subagents' transcripts of a session."""
        wanted = select(transcripts.c.subpath).where(_session(key), transcripts.c.subpath != "").distinct()
        async with self._database.read() as connection:
            return list((await connection.execute(wanted)).scalars())

    async def delete(self, key: Key) -> None:
        """Forgets one subagent's transcript, or, without `subpath`, the session's and all its subagents'."""
        condition = _exactly(key) if key.get("subpath") else _session(key)
        async with self._database.write() as connection:
            await self._fencing.check_transcript(connection, key["session_id"])
            await connection.execute(delete(transcripts).where(condition))

    async def replace(self, key: Key, entries: Sequence[Mapping[str, Any]]) -> None:
        """Makes one transcript consist of exactly these lines."""
        async with self._database.write() as connection:
            await self._fencing.check_transcript(connection, key["session_id"])
            await connection.execute(delete(transcripts).where(_exactly(key)))
            await self._insert(connection, key, entries)

    async def forget(self, session_id: str) -> None:
        """Forgets all that any project has of a session."""
        async with self._database.write() as connection:
            await self._fencing.check_transcript(connection, session_id)
            await connection.execute(delete(transcripts).where(transcripts.c.session_id == session_id))


def _session(key: Key) -> ColumnElement[bool]:
    return and_(transcripts.c.project == key["project_key"], transcripts.c.session_id == key["session_id"])


def _exactly(key: Key) -> ColumnElement[bool]:
    return and_(_session(key), transcripts.c.subpath == key.get("subpath", ""))
