"""Who runs which session: a row for each that a replica has in memory, worth nothing once it is not renewed."""

import secrets
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from api.schema.sessions import SessionState
from api.storage.database import Database
from api.storage.fencing_token import LET_GO, FencingToken
from api.storage.replica import Lease, Replica
from api.storage.tables import leases, turns

RENEW_SECONDS = 2.0
"""A renewal may take so long however short the leases are: a database may be slow, and is not away then."""


class Leases:
    """The table of leases, as one replica sees it."""

    def __init__(self, database: Database, fence: FencingToken, replica: Replica | None) -> None:
        """Opens nothing.

        Args:
            replica: who we are; None when the database is ours alone: then so is every session.
        """
        self._database = database
        self.fence = fence
        self.replica = replica
        self.patience = 0.0
        """Seconds that a replica may be silent beyond its lease: the database itself may have been away."""

    @property
    def is_shared(self) -> bool:
        """Whether there may be other replicas."""
        return self.replica is not None

    @property
    def seconds(self) -> float:
        """How long a lease lasts that is not renewed."""
        return self.replica.seconds if self.replica else 0.0

    async def take(self, session_id: str) -> Lease | None:
        """Takes a free session, or one that an earlier life of this replica had.

        Returns:
            None when it is ours now, else the lease of the replica that has it.
        """
        wanted = self._leases().where(leases.c.session_id == session_id)
        while True:
            async with self._database.write() as connection:
                if await self.insert(connection, session_id):
                    return None
                if row := (await connection.execute(wanted)).first():
                    return _lease(row)
            # It was given back this very moment.

    async def insert(self, connection: AsyncConnection, session_id: str) -> bool:
        """Takes the session inside a transaction; False when another replica has it."""
        if self.replica is None:
            return True
        token = secrets.randbits(62)  # a number that nobody had before
        row = {
            "session_id": session_id,
            "token": token,
            "replica": self.replica.id,
            "address": self.replica.address,
            "until_ms": self._until,
            "state": "idle",
            "requests": 0,
        }
        insert = (sqlite if self._database.is_sqlite else postgresql).insert(leases).values(row)
        statement = insert.on_conflict_do_update(
            index_elements=[leases.c.session_id],
            set_={name: insert.excluded[name] for name in row if name != "session_id"},
            where=~self._is_alive | (leases.c.replica == self.replica.id),
        ).returning(leases.c.token, LET_GO)
        if (await connection.execute(statement)).scalar() != token:
            return False
        self.fence.admit(session_id, token)
        return True

    async def renew(self) -> list[str]:
        """Renews all of ours; the answer is what another replica has taken, and nothing more can be written to."""
        ours = self.fence.tokens
        if not ours:
            return []
        statement = update(leases).where(leases.c.token.in_(ours.values())).values(until_ms=self._until)
        in_time = self._database.in_time(max(RENEW_SECONDS, self.seconds / 3))  # there must be time for another try
        async with in_time, self._database.write() as connection:
            kept = set((await connection.execute(statement.returning(leases.c.token, LET_GO))).scalars())
        now = self.fence.tokens  # without what was given back meanwhile, or taken anew
        lost = [name for name, token in ours.items() if token not in kept and now.get(name) == token]
        for session_id in lost:
            self.fence.revoke(session_id)
        return lost

    async def release(self, session_ids: Iterable[str]) -> None:
        """Gives sessions back whose every word is stored."""
        tokens = [token for session_id in session_ids if (token := self.fence.leave(session_id)) is not None]
        if tokens:
            async with self._database.write() as connection:
                await connection.execute(delete(leases).where(leases.c.token.in_(tokens)))

    async def tell(self, session_id: str, *, state: SessionState, requests: int) -> None:
        """Tells the other replicas what the session does."""
        if token := self.fence.tokens.get(session_id):
            told = (
                update(leases).where(leases.c.token == token).values(state=state, requests=requests).returning(LET_GO)
            )
            async with self._database.write() as connection:
                await connection.execute(told)

    async def elsewhere(self, session_ids: Collection[str]) -> dict[str, Lease]:
        """The leases that other replicas have of these sessions, by session."""
        if self.replica is None or not session_ids:
            return {}
        is_others = self._is_alive & (leases.c.replica != self.replica.id)
        wanted = self._leases().where(leases.c.session_id.in_(session_ids), is_others)
        async with self._database.read() as connection:
            return {row.session_id: _lease(row) for row in await connection.execute(wanted)}

    async def orphans(self) -> list[str]:
        """Sessions with turns that wait or ran and that nobody looks after, an earlier life of ours included."""
        wanted = select(turns.c.session_id).where(turns.c.state.in_(("queued", "running")))
        if self.replica:
            is_past = (leases.c.replica == self.replica.id) & leases.c.token.not_in(self.fence.tokens.values())
            is_free = leases.c.session_id.is_(None) | ~self._is_alive | is_past
            wanted = wanted.outerjoin(leases, leases.c.session_id == turns.c.session_id).where(is_free)
        wanted = wanted.group_by(turns.c.session_id).order_by(func.min(turns.c.position))
        async with self._database.read() as connection:
            return list((await connection.execute(wanted)).scalars())

    def _leases(self) -> Select[Any]:  # SQLAlchemy's row type
        return select(leases, (leases.c.until_ms - self._now).label("left_ms"))

    @property
    def _is_alive(self) -> ColumnElement[bool]:
        return leases.c.until_ms + round(1000 * self.patience) >= self._now

    @property
    def _until(self) -> ColumnElement[int]:
        return self._now + round(1000 * self.seconds)

    @property
    def _now(self) -> ColumnElement[int]:
        # By the database's clock, the one that all replicas share.
        seconds = (
            func.unixepoch("subsec") if self._database.is_sqlite else func.extract("epoch", func.clock_timestamp())
        )
        return cast(seconds * 1000, BigInteger)


def _lease(row: Any) -> Lease:  # SQLAlchemy's row
    return Lease(
        session_id=row.session_id,
        replica=row.replica,
        address=row.address,
        state=row.state,
        requests=row.requests,
        seconds_left=max(0, row.left_ms) / 1000,
    )
