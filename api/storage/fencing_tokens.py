"""Refuses writes into a session whose lease another replica has taken, for example while this process was paused."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.storage.tables import leases

LIMIT_IDLE_TRANSACTION = func.set_config("idle_in_transaction_session_timeout", "3000", True)
"""Selected with each statement that locks a lease: PostgreSQL then ends the transaction of a replica that stops in the
middle, and its lock does not block the others."""


class LeaseLostError(Exception):
    """Another replica runs this session now."""


class FencingTokens:
    """The tokens of the leases that this process holds. Without leases it has none, and `check` passes every write."""

    def __init__(self) -> None:
        self._tokens: dict[str, int] = {}
        self._lost: set[str] = set()
        self._sessions: dict[str, str] = {}
        """Session ids by transcript id, which differs from the session's once its conversation was cleared."""

    @property
    def by_session(self) -> dict[str, int]:
        """A copy of the tokens, by session id."""
        return dict(self._tokens)

    def add(self, session_id: str, token: int) -> None:
        """Records that this process has the session's lease."""
        self._tokens[session_id] = token
        self._lost.discard(session_id)

    def add_transcript(self, session_id: str, transcript_id: str) -> None:
        """Makes writes into this transcript subject to the session's token."""
        if session_id in self._tokens:
            self._sessions[transcript_id] = session_id

    def revoke(self, session_id: str) -> None:
        """Records that another replica has the session: every further write into it fails."""
        self._tokens.pop(session_id, None)
        self._lost.add(session_id)

    def remove(self, session_id: str) -> int | None:
        """Removes a completely stored session, and returns its token."""
        for transcript_id in [name for name, found in self._sessions.items() if found == session_id]:
            del self._sessions[transcript_id]
        return self._tokens.pop(session_id, None)

    async def check(self, connection: AsyncConnection, session_id: str) -> None:
        """Locks the session's lease until the transaction ends, so that no replica takes it during the write.

        Raises:
            LeaseLostError: another replica has the session.
        """
        if session_id in self._lost:
            raise LeaseLostError
        if (token := self._tokens.get(session_id)) is None:
            return
        wanted = select(leases.c.token, LIMIT_IDLE_TRANSACTION).where(
            leases.c.session_id == session_id, leases.c.token == token
        )
        if (await connection.execute(wanted.with_for_update(read=True))).first() is None:
            raise LeaseLostError

    async def check_transcript(self, connection: AsyncConnection, transcript_id: str) -> None:
        """Does what `check` does, for the session that writes into this transcript."""
        if session_id := self._sessions.get(transcript_id):
            await self.check(connection, session_id)
