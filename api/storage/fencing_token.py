"""Keeps a replica that was paused, and lost its sessions meanwhile, from writing into them when it wakes."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.storage.tables import leases

LET_GO = func.set_config("idle_in_transaction_session_timeout", "3000", True)
"""Told to PostgreSQL with each lock of a lease: who stands still in a transaction must not keep it from others."""


class LeaseLostError(Exception):
    """Another replica runs this session now."""


class FencingToken:
    """The tokens of the sessions that this process runs; one process alone has none, and asks nothing."""

    def __init__(self) -> None:
        self._tokens: dict[str, int] = {}
        self._lost: set[str] = set()
        self._sessions: dict[str, str] = {}
        """Sessions by transcript, which has another id once a conversation was cleared."""

    @property
    def tokens(self) -> dict[str, int]:
        """The tokens by session, as they are now."""
        return dict(self._tokens)

    def admit(self, session_id: str, token: int) -> None:
        """The session is ours."""
        self._tokens[session_id] = token
        self._lost.discard(session_id)

    def follow(self, session_id: str, transcript_id: str) -> None:
        """The session's lines are in this transcript."""
        if session_id in self._tokens:
            self._sessions[transcript_id] = session_id

    def revoke(self, session_id: str) -> None:
        """The session is another's: nothing that was begun here may be written any more."""
        self._tokens.pop(session_id, None)
        self._lost.add(session_id)

    def leave(self, session_id: str) -> int | None:
        """The session is nobody's: all of it is stored. Its token."""
        for transcript_id in [name for name, found in self._sessions.items() if found == session_id]:
            del self._sessions[transcript_id]
        return self._tokens.pop(session_id, None)

    async def check(self, connection: AsyncConnection, session_id: str) -> None:
        """Lets a transaction pass that writes into the session, and nobody take the session until it is over.

        Raises:
            LeaseLostError: the session is another's.
        """
        if session_id in self._lost:
            raise LeaseLostError
        if (token := self._tokens.get(session_id)) is None:
            return
        wanted = select(leases.c.token, LET_GO).where(leases.c.session_id == session_id, leases.c.token == token)
        if (await connection.execute(wanted.with_for_update(read=True))).first() is None:
            raise LeaseLostError

    async def check_transcript(self, connection: AsyncConnection, transcript_id: str) -> None:
        """The same for the session whose lines are in that transcript."""
        if session_id := self._sessions.get(transcript_id):
            await self.check(connection, session_id)
