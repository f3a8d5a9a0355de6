"""Leases in the database that replicas share: one row for each session that a replica has in memory."""

import secrets
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cluster.leases import Lease
from api.cluster.replica_identity import Replica
from api.schema.sessions import SessionState
from api.storage import Storage
from api.storage.fencing_tokens import LIMIT_IDLE_TRANSACTION
from api.storage.tables import leases, turns
from api.storage.turns import sessions_with_unfinished_turns

MIN_RENEW_SECONDS = 2.0
"""The least time for one renewal, so that short leases do not make a slow database count as unavailable."""


class SqlLeases:
    """The leases of one replica. A lease that is not renewed expires, and another replica may take the session."""

    can_hand_over = True

    def __init__(self, storage: Storage, replica: Replica) -> None:
        self._database = storage.database
        self._tokens = storage.fencing
        self._replica = replica
        self.seconds = replica.lease_seconds
        """How long a lease lasts after it was renewed."""
        self.grace_seconds = 0.0
        """How long an expired lease still counts: other replicas cannot renew while the database is unavailable."""

    def holds(self, session_id: str) -> bool:
        """Whether this replica has a lease of the session."""
        return session_id in self._tokens.by_session

    def add_transcript(self, session_id: str, transcript_id: str) -> None:
        """Applies the session's lease to writes into this transcript too."""
        self._tokens.add_transcript(session_id, transcript_id)

    async def take(self, session_id: str) -> Lease | None:
        """Takes a session that is free, or that an earlier process of this replica ran.

        Returns:
            None when this replica has the lease now, else the lease of the replica that holds it.
        """
        wanted = self._select_leases().where(leases.c.session_id == session_id)
        while True:
            async with self._database.write() as connection:
                if await self.claim(connection, session_id):
                    return None
                if row := (await connection.execute(wanted)).first():
                    return _lease(row)
            # The holder released it between the two statements.

    async def claim(self, connection: AsyncConnection, session_id: str) -> bool:
        """Takes the lease inside a transaction; False when another replica holds it."""
        token = secrets.randbits(62)  # random, so that no earlier holder had the same one
        row = {
            "session_id": session_id,
            "token": token,
            "replica": self._replica.id,
            "address": self._replica.address,
            "until_ms": self._new_expiry,
            "state": "idle",
            "requests": 0,
        }
        insert = (sqlite if self._database.is_sqlite else postgresql).insert(leases).values(row)
        statement = insert.on_conflict_do_update(
            index_elements=[leases.c.session_id],
            set_={name: insert.excluded[name] for name in row if name != "session_id"},
            where=~self._is_alive | (leases.c.replica == self._replica.id),
        ).returning(leases.c.token, LIMIT_IDLE_TRANSACTION)
        if (await connection.execute(statement)).scalar() != token:
            return False
        self._tokens.add(session_id, token)
        return True

    async def renew(self) -> list[str]:
        """Renews all leases of this replica.

        Returns:
            The sessions that another replica has taken; nothing can be written to them from here any more.
        """
        held = self._tokens.by_session
        if not held:
            return []
        statement = update(leases).where(leases.c.token.in_(held.values())).values(until_ms=self._new_expiry)
        # A third of the lease, so that a failed attempt leaves time for another one.
        in_time = self._database.in_time(max(MIN_RENEW_SECONDS, self.seconds / 3))
        async with in_time, self._database.write() as connection:
            renewed = set(
                (await connection.execute(statement.returning(leases.c.token, LIMIT_IDLE_TRANSACTION))).scalars()
            )
        now = self._tokens.by_session  # some may have been released or taken again during the update
        lost = [name for name, token in held.items() if token not in renewed and now.get(name) == token]
        for session_id in lost:
            self._tokens.revoke(session_id)
        return lost

    async def release(self, session_ids: Iterable[str]) -> None:
        """Gives up the leases of sessions that are completely stored."""
        tokens = [token for session_id in session_ids if (token := self._tokens.remove(session_id)) is not None]
        if tokens:
            async with self._database.write() as connection:
                await connection.execute(delete(leases).where(leases.c.token.in_(tokens)))

    async def announce(self, session_id: str, *, state: SessionState, requests: int) -> None:
        """Tells the other replicas the state of a session and how many of its requests are open."""
        if token := self._tokens.by_session.get(session_id):
            statement = (
                update(leases)
                .where(leases.c.token == token)
                .values(state=state, requests=requests)
                .returning(LIMIT_IDLE_TRANSACTION)
            )
            async with self._database.write() as connection:
                await connection.execute(statement)

    async def elsewhere(self, session_ids: Collection[str]) -> dict[str, Lease]:
        """The leases that other replicas hold of these sessions, by session id."""
        if not session_ids:
            return {}
        is_others = self._is_alive & (leases.c.replica != self._replica.id)
        wanted = self._select_leases().where(leases.c.session_id.in_(session_ids), is_others)
        async with self._database.read() as connection:
            return {row.session_id: _lease(row) for row in await connection.execute(wanted)}

    async def orphans(self) -> list[str]:
        """The sessions with unfinished turns that no live replica holds, oldest turn first.

        A lease of an earlier process of this replica counts as free.
        """
        is_earlier = (leases.c.replica == self._replica.id) & leases.c.token.not_in(self._tokens.by_session.values())
        is_free = leases.c.session_id.is_(None) | ~self._is_alive | is_earlier
        wanted = sessions_with_unfinished_turns().outerjoin(leases, leases.c.session_id == turns.c.session_id)
        async with self._database.read() as connection:
            return list((await connection.execute(wanted.where(is_free))).scalars())

    def _select_leases(self) -> Select[Any]:  # SQLAlchemy's row type
        return select(leases, (leases.c.until_ms - self._now).label("left_ms"))

    @property
    def _is_alive(self) -> ColumnElement[bool]:
        return leases.c.until_ms + round(1000 * self.grace_seconds) >= self._now

    @property
    def _new_expiry(self) -> ColumnElement[int]:
        return self._now + round(1000 * self.seconds)

    @property
    def _now(self) -> ColumnElement[int]:
        # The database's clock: the clocks of the replicas may differ.
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
