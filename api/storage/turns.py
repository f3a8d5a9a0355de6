"""Stores the turns of all sessions: queued, running and finished. An accepted prompt survives a crash."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.storage.fencing_tokens import FencingTokens
from api.storage.tables import sessions, turns
from api.storage.usage import UsageRows
from runtime.clock import timestamp
from runtime.database.database import Database

TurnState = Literal["queued", "running", "finished", "withdrawn"]
TurnKind = Literal["prompt", "shell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRow:
    """A turn as it is stored: a prompt or shell command, and its result."""

    id: str
    session_id: str
    prompt: str
    kind: TurnKind | None = None
    """Absent in rows of an older version, which had only prompts."""
    attachments: Sequence[Mapping[str, Any]] = ()  # JSON, as the caller sent them
    state: TurnState = "queued"
    outcome: Mapping[str, Any] | None = None  # JSON: the turn_finished event
    created_at: str = field(default_factory=timestamp)
    started_at: str | None = None
    finished_at: str | None = None

    @property
    def began(self) -> str:
        """When it started; when it was sent, if it has not started."""
        return self.started_at or self.created_at

    @property
    def is_autonomous(self) -> bool:
        """Whether Claude Code began it without a prompt, when a background task ended."""
        return not self.prompt


class TurnRows:
    """The table of turns."""

    def __init__(self, database: Database, fencing: FencingTokens, usage: UsageRows) -> None:
        self._database = database
        self._fencing = fencing
        self._usage = usage

    async def add(self, turn: TurnRow) -> None:
        """Stores an accepted prompt.

        Raises:
            LeaseLostError: another replica runs the session. All methods that write raise it.
        """
        values = {
            "id": turn.id,
            "session_id": turn.session_id,
            "kind": turn.kind,
            "prompt": turn.prompt,
            "attachments": list(turn.attachments),
            "state": turn.state,
            "outcome": turn.outcome,
            "created_at": turn.created_at,
            "started_at": turn.started_at,
            "finished_at": turn.finished_at,
            "folded_prompt": turn.prompt.casefold(),
        }
        async with self._database.write() as connection:
            await self._fencing.check(connection, turn.session_id)
            await connection.execute(insert(turns).values(values))

    async def start(self, turn_id: str, *, at: str) -> bool:
        """Marks a queued turn as running since `at`; False when it was withdrawn. May be repeated."""
        # A first attempt may have succeeded although it raised an error.
        can_start = or_(turns.c.state == "queued", and_(turns.c.state == "running", turns.c.started_at == at))
        async with self._database.write() as connection:
            return (
                await self._update(connection, turn_id, can_start, {"state": "running", "started_at": at}) is not None
            )

    async def withdraw(self, turn_id: str) -> bool:
        """Withdraws a queued turn; False when it is not queued any more."""
        changes = {"state": "withdrawn", "finished_at": timestamp()}
        async with self._database.write() as connection:
            return await self._update(connection, turn_id, turns.c.state == "queued", changes) is not None

    async def finish(self, turn_id: str, outcome: Mapping[str, Any]) -> bool:  # JSON
        """Marks a running turn as finished and counts its usage; False when it was not running."""
        changes = {"state": "finished", "finished_at": timestamp(), "outcome": dict(outcome)}
        async with self._database.write() as connection:
            session_id = await self._update(connection, turn_id, turns.c.state == "running", changes)
            if session_id is not None:
                owner = select(sessions.c.owner).where(sessions.c.id == session_id)
                await self._usage.count_finish(connection, (await connection.execute(owner)).scalar_one(), outcome)
        return session_id is not None

    async def delete(self, session_id: str, turn_ids: Collection[str]) -> None:
        """Deletes turns of a session."""
        wanted = delete(turns).where(turns.c.session_id == session_id, turns.c.id.in_(turn_ids))
        async with self._database.write() as connection:
            await self._fencing.check(connection, session_id)
            await connection.execute(wanted)

    async def of_session(self, session_id: str, *states: TurnState) -> list[TurnRow]:
        """The session's turns in these states (all when none is given), in the order in which they were sent."""
        wanted = select(turns).where(turns.c.session_id == session_id).order_by(turns.c.position)
        if states:
            wanted = wanted.where(turns.c.state.in_(states))
        return await self._rows(wanted)

    async def unfinished_sessions(self) -> list[str]:
        """The sessions with queued or running turns, oldest turn first."""
        async with self._database.read() as connection:
            return list((await connection.execute(sessions_with_unfinished_turns())).scalars())

    async def last_start(self, session_id: str) -> str:
        """When the last turn of the session started; empty when none has."""
        wanted = select(func.max(turns.c.started_at)).where(turns.c.session_id == session_id)
        async with self._database.read() as connection:
            return (await connection.execute(wanted)).scalar() or ""

    async def shell_after(self, session_id: str, *, sent: str, began: str) -> list[TurnRow]:
        """The session's finished shell commands that were sent after `sent` and started after `began`, in order."""
        wanted = select(turns).where(turns.c.session_id == session_id, turns.c.kind == "shell")
        wanted = wanted.where(turns.c.state == "finished", turns.c.created_at > sent)
        wanted = wanted.where(func.coalesce(turns.c.started_at, turns.c.created_at) > began)
        return await self._rows(wanted.order_by(turns.c.position))

    async def _update(
        self, connection: AsyncConnection, turn_id: str, condition: ColumnElement[bool], changes: Mapping[str, object]
    ) -> str | None:
        statement = update(turns).where(turns.c.id == turn_id, condition).values(**changes)
        session_id: str | None = (await connection.execute(statement.returning(turns.c.session_id))).scalar()
        if session_id is not None:
            await self._fencing.check(connection, session_id)
        return session_id

    async def _rows(self, wanted: Any) -> list[TurnRow]:  # SQLAlchemy's select
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).mappings()
            return [TurnRow(**{name: row[name] for name in TurnRow.__dataclass_fields__}) for row in found]


def sessions_with_unfinished_turns() -> Select[Any]:  # SQLAlchemy's row type
    """A statement for the ids of the sessions with queued or running turns, oldest turn first."""
    wanted = select(turns.c.session_id).where(turns.c.state.in_(("queued", "running")))
    return wanted.group_by(turns.c.session_id).order_by(func.min(turns.c.position))
