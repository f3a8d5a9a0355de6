"""Which replica may run a session: the interface `Leases`, and `NoLeases` for a single machine.

Replicas that share a database use `sql_leases.py`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from api.schema.sessions import SessionState
from api.storage import TurnRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right of one replica to run one session, until it expires."""

    session_id: str
    replica: str
    """The id of the replica that holds it."""
    address: str | None
    """The holder's REPLICA_URL; None when other replicas cannot reach it."""
    state: SessionState
    requests: int
    """How many requests of the session are open."""
    seconds_left: float


class SessionElsewhereError(Exception):
    """Another replica runs the session; the request is forwarded to it."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        super().__init__(lease.session_id)


class Leases(Protocol):
    """The leases of this process. The composition root chooses the implementation: `SqlLeases` or `NoLeases`."""

    @property
    def can_hand_over(self) -> bool:
        """Whether another replica can run the sessions that this process releases."""

    def holds(self, session_id: str) -> bool:
        """Whether this process may run the session without taking a lease first."""

    def add_transcript(self, session_id: str, transcript_id: str) -> None:
        """Applies the session's lease to writes into this transcript too."""

    async def take(self, session_id: str) -> Lease | None:
        """Takes the lease of a session.

        Returns:
            None when this process has the lease now, else the lease of the replica that holds it.
        """

    async def claim(self, connection: AsyncConnection, session_id: str) -> bool:
        """Takes the lease inside a transaction; False when another replica holds it."""

    async def release(self, session_ids: Iterable[str]) -> None:
        """Gives up the leases of sessions that are completely stored."""

    async def elsewhere(self, session_ids: Collection[str]) -> dict[str, Lease]:
        """The leases that other replicas hold of these sessions, by session id."""

    async def orphans(self) -> list[str]:
        """The sessions that have queued or running turns but no process to run them, oldest turn first."""


class NoLeases:
    """The leases of a process whose database no other process uses: it may run every session."""

    can_hand_over = False

    def __init__(self, turns: TurnRows) -> None:
        self._turns = turns

    def holds(self, session_id: str) -> bool:  # noqa: ARG002
        """True: every session belongs to this process."""
        return True

    def add_transcript(self, session_id: str, transcript_id: str) -> None:
        """Does nothing: no other process writes."""

    async def take(self, session_id: str) -> Lease | None:  # noqa: ARG002
        """None: no other replica holds a lease."""
        return None

    async def claim(self, connection: AsyncConnection, session_id: str) -> bool:  # noqa: ARG002
        """True: no other replica holds a lease."""
        return True

    async def release(self, session_ids: Iterable[str]) -> None:
        """Does nothing: there are no leases."""

    async def elsewhere(self, session_ids: Collection[str]) -> dict[str, Lease]:  # noqa: ARG002
        """Empty: there are no other replicas."""
        return {}

    async def orphans(self) -> list[str]:
        """The sessions whose turns an earlier process of this deployment left unfinished, oldest turn first."""
        return await self._turns.unfinished_sessions()
