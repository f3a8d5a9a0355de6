"""Stores the sessions of all users: owner, title, settings and counts. The conversations are in the transcripts."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypedDict, Unpack

from sqlalchemy import Row, Select, and_, delete, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import InvalidCursorError
from api.schema.sessions import PermissionMode
from api.storage.fencing_tokens import FencingTokens
from api.storage.tables import sessions, turns
from runtime.clock import timestamp
from runtime.database.database import Database

Claim = Callable[[AsyncConnection, str], Awaitable[bool]]

MAX_SEARCH_WORDS = 16
"""Databases limit the length of a condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session as it is stored."""

    id: str
    owner: str
    title: str
    cwd: str
    permission_mode: PermissionMode
    transcript_id: str
    """Claude Code's id of the session. It differs from `id` after `/clear`."""
    model: str | None = None
    effort: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)  # JSON: the other options of its creation
    created_at: str = field(default_factory=timestamp)
    updated_at: str = field(default_factory=timestamp)
    cost_usd: float = 0.0
    num_turns: int = 0
    last_seq: int = 0
    """Events after a restart get a greater seq."""


class SessionChanges(TypedDict, total=False):
    """The columns that `SessionRows.change` can write."""

    title: str
    cwd: str
    permission_mode: PermissionMode
    transcript_id: str
    model: str | None
    effort: str | None
    options: Mapping[str, Any]  # JSON
    updated_at: str
    cost_usd: float
    num_turns: int
    last_seq: int


class SessionRows:
    """The table of sessions."""

    def __init__(self, database: Database, fencing: FencingTokens) -> None:
        self._database = database
        self._fencing = fencing

    async def add(self, row: SessionRow, *, claim: Claim | None = None) -> bool:
        """Stores a new session.

        Args:
            claim: takes the lease of the new session in the same transaction.

        Returns:
            False when the id is taken, by this user or another.
        """
        values = {**asdict(row), "folded_title": row.title.casefold()}
        async with self._database.write() as connection:
            result = await connection.execute(self._database.insert_new(sessions, [values]))
            if result.rowcount != 1:
                return False
            if claim:
                await claim(connection, row.id)
        self._fencing.add_transcript(row.id, row.transcript_id)
        return True

    async def get(self, session_id: str) -> SessionRow | None:
        """The session, of any user."""
        async with self._database.read() as connection:
            row = (await connection.execute(_rows().where(sessions.c.id == session_id))).first()
        return _session(row) if row else None

    async def change(self, session_id: str, **changes: Unpack[SessionChanges]) -> None:
        """Writes the given columns. Does nothing if the session was deleted.

        Raises:
            LeaseLostError: another replica runs it.
        """
        values: dict[str, object] = dict(changes)
        if "title" in changes:
            values["folded_title"] = changes["title"].casefold()
        if values:
            async with self._database.write() as connection:
                await self._fencing.check(connection, session_id)
                await connection.execute(update(sessions).where(sessions.c.id == session_id).values(values))
        if "transcript_id" in changes:
            self._fencing.add_transcript(session_id, changes["transcript_id"])

    async def remove(self, session_id: str) -> None:
        """Deletes the session and its turns."""
        async with self._database.write() as connection:
            await self._fencing.check(connection, session_id)
            await connection.execute(delete(sessions).where(sessions.c.id == session_id))

    async def page(
        self, owner: str | None, *, limit: int, cursor: str | None = None, search: str | None = None
    ) -> tuple[tuple[SessionRow, ...], str | None]:
        """A page of sessions, newest first, and the cursor of the next page.

        Args:
            owner: the user; None for the sessions of all users.
            search: words, in any case; each of the first 16 must be in the title or in a prompt.

        Raises:
            InvalidCursorError: the cursor is not from an earlier page.
        """
        wanted = _rows().order_by(sessions.c.updated_at.desc(), sessions.c.id.desc()).limit(limit + 1)
        if owner is not None:
            wanted = wanted.where(sessions.c.owner == owner)
        if cursor is not None:
            wanted = wanted.where(tuple_(sessions.c.updated_at, sessions.c.id) < tuple_(*_read_cursor(cursor)))
        for word in list(dict.fromkeys((search or "").casefold().split()))[:MAX_SEARCH_WORDS]:
            wanted = wanted.where(_contains(word))
        async with self._database.read() as connection:
            found = [_session(row) for row in await connection.execute(wanted)]
        has_more = len(found) > limit
        return tuple(found[:limit]), _make_cursor(found[limit - 1]) if has_more else None


def _rows() -> Select[Any]:  # SQLAlchemy's row type
    return select(*(column for column in sessions.c if column is not sessions.c.folded_title))


def _session(row: Row[Any]) -> SessionRow:
    return SessionRow(**row._mapping)


def _contains(word: str) -> Any:  # SQLAlchemy's condition
    in_prompt = exists().where(
        and_(turns.c.session_id == sessions.c.id, turns.c.folded_prompt.contains(word, autoescape=True))
    )
    return or_(sessions.c.folded_title.contains(word, autoescape=True), in_prompt)


def _make_cursor(row: SessionRow) -> str:
    return base64.urlsafe_b64encode(f"{row.updated_at} {row.id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[str, str]:
    try:
        updated_at, session_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
    except (ValueError, binascii.Error):
        raise InvalidCursorError from None
    return updated_at, session_id
