"""The sessions in memory: one object for each, on one replica only."""

import asyncio
from collections.abc import Callable, Iterable

import structlog

from api.cluster.leases import Leases, SessionElsewhereError
from api.errors import ApiError, SessionNotFoundError
from api.sessions.recovery import recover
from api.sessions.session import Session
from api.storage import SessionRow, Storage
from runtime.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)


class SessionRegistry:
    """Loads sessions into memory, and releases them."""

    def __init__(
        self, storage: Storage, leases: Leases, tasks: BackgroundTasks, make: Callable[[SessionRow], Session]
    ) -> None:
        self.sessions: dict[str, Session] = {}
        self._storage = storage
        self._leases = leases
        self._tasks = tasks
        self._make = make
        self._taking: dict[str, asyncio.Task[Session]] = {}
        self._losing: dict[str, asyncio.Task[None]] = {}

    def add(self, session: Session) -> Session:
        """Adds a session whose lease this replica has."""
        self.sessions[session.id] = session
        return session

    async def load(self, row: SessionRow) -> Session:
        """The session in memory; loads it if necessary.

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
        """Loads a session and the turns that an earlier process left unfinished. Raises what `load` raises."""
        if session_id not in self._taking:
            task = self._taking[session_id] = self._tasks.start(self._take_over(session_id), is_awaited=True)
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
        self._leases.add_transcript(row.id, row.transcript_id)
        session = self.sessions.get(row.id) or self.add(self._make(row))
        await session.resume(waiting)
        return session

    async def take_orphans(self) -> None:
        """Takes over every session with unfinished turns that no replica runs."""
        for session_id in await self._leases.orphans():
            await self.adopt(session_id)

    async def adopt(self, session_id: str) -> None:
        """Takes a session over, unless another replica was faster."""
        try:
            await self.take_over(session_id)
        except (SessionElsewhereError, ApiError):
            log.info("session_not_taken_over", session=session_id)

    async def release(self, sessions: Iterable[Session]) -> None:
        """Removes idle sessions from memory. The next replica that gets a request for one takes it."""
        released = [session.id for session in sessions if self.sessions.pop(session.id, None)]
        await self._leases.release(released)

    async def lose(self, session_ids: Iterable[str]) -> None:
        """Drops sessions that another replica has taken. Their processes are killed, and nothing more is published."""
        lost = [session for session_id in session_ids if (session := self.sessions.pop(session_id, None))]
        for session in lost:
            session.end_subscriptions()
            self._losing[session.id] = self._tasks.start(self._abandon(session), is_awaited=True)
        await asyncio.gather(*(self._losing[session.id] for session in lost))

    async def _abandon(self, session: Session) -> None:
        try:
            await session.abandon()
        finally:
            del self._losing[session.id]
