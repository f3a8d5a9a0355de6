"""The sessions that are in memory, one object each; where there are more replicas, in the memory of one of them."""

import asyncio
from collections.abc import Callable, Iterable

import structlog

from api.cluster.leases import Leases, SessionElsewhereError
from api.errors import ApiError, SessionNotFoundError
from api.sessions.recovery import recover
from api.sessions.session import Session
from api.storage import SessionRow, Storage
from api.turns.result import LOST

log = structlog.get_logger(__name__)


class SessionRegistry:
    """Takes sessions into memory, and lets them go."""

    def __init__(self, storage: Storage, leases: Leases, make: Callable[[SessionRow], Session]) -> None:
        self.sessions: dict[str, Session] = {}
        self._storage = storage
        self._leases = leases
        self._make = make
        self._taking: dict[str, asyncio.Task[Session]] = {}
        self._losing: dict[str, asyncio.Task[None]] = {}

    def add(self, session: Session) -> Session:
        """A session that is ours already."""
        self.sessions[session.id] = session
        return session

    async def take(self, row: SessionRow) -> Session:
        """The session in memory, here and nowhere else, with the prompts that wait in it.

        Raises:
            SessionElsewhereError: another replica runs it.
            SessionNotFoundError: it was deleted meanwhile.
        """
        if session := self.sessions.get(row.id):
            return session
        if self._leases.holds(row.id) and row.id not in self._taking:
            return self.add(self._make(row))
        return await self.take_over(row.id)

    async def take_over(self, session_id: str) -> Session:
        """Takes a session up with what an earlier life of it, here or elsewhere, left; raises what `take` raises."""
        if session_id not in self._taking:
            task = self._taking[session_id] = asyncio.create_task(self._take_over(session_id))
            task.add_done_callback(lambda _: self._taking.pop(session_id))
        return await asyncio.shield(self._taking[session_id])

    async def _take_over(self, session_id: str) -> Session:
        if session := self.sessions.get(session_id):
            return session
        if losing := self._losing.get(session_id):
            await losing
        if lease := await self._leases.take(session_id):
            raise SessionElsewhereError(lease)
        row, waiting = await recover(self._storage, session_id)
        if row is None:
            await self._leases.release([session_id])
            raise SessionNotFoundError
        self._leases.follow(row.id, row.transcript_id)
        session = self.sessions.get(row.id) or self.add(self._make(row))
        if waiting:
            await session.memory.claim_numbers()
        for turn in waiting:
            session.enqueue(turn)
        return session

    async def take_orphans(self) -> None:
        """Takes up every session with turns that nobody looks after."""
        for session_id in await self._leases.orphans():
            await self.adopt(session_id)

    async def adopt(self, session_id: str) -> None:
        """Takes a session over, unless somebody else was faster."""
        try:
            await self.take_over(session_id)
        except (SessionElsewhereError, ApiError):
            log.info("session_not_taken_over", session=session_id)

    async def release(self, sessions: Iterable[Session]) -> None:
        """Forgets sessions that do nothing: the next replica that is asked for one has it."""
        gone = [session.id for session in sessions if self.sessions.pop(session.id, None)]
        await self._leases.release(gone)

    async def lose(self, session_ids: Iterable[str]) -> None:
        """Drops sessions that another replica has taken: their processes end at once, and nothing more is said."""
        lost = [session for session_id in session_ids if (session := self.sessions.pop(session_id, None))]
        for session in lost:
            session.journal.log.close()
            self._losing[session.id] = asyncio.create_task(self._end(session))
        await asyncio.gather(*(self._losing[session.id] for session in lost))

    async def _end(self, session: Session) -> None:
        try:
            if session.seat.cli:
                await session.seat.cli.kill()
            await session.runner.close(LOST)
        finally:
            del self._losing[session.id]
