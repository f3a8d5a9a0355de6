"""Ends the processes of sessions that rest, and forgets those of which everything is in storage."""

import asyncio
import time
from collections.abc import Callable

import structlog

from api.sessions.registry import SessionRegistry
from api.sessions.session import Session
from runtime.database.errors import TRANSIENT_ERRORS

CHECKS = 4
"""How many times in an idle timeout it is looked who is idle."""
FORGET_SECONDS = 10.0
"""How long a session that does nothing stays in memory after somebody asked for it."""

log = structlog.get_logger(__name__)


class IdleReaper:
    """Looks after the sessions that nobody needs just now."""

    def __init__(self, residents: SessionRegistry, *, idle_timeout: float, owes: Callable[[str], bool]) -> None:
        """Looks at nobody yet.

        Args:
            idle_timeout: seconds without a turn after which a process ends.
            owes: whether lines of a transcript still wait to be stored.
        """
        self._residents = residents
        self._idle = idle_timeout
        self._patience = min(idle_timeout, FORGET_SECONDS)
        self._owes = owes
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Looks from now on."""
        self._task = asyncio.create_task(self._look())

    def close(self) -> None:
        """Looks no more."""
        if self._task:
            self._task.cancel()

    def reclaim(self) -> None:
        """Parks the session that has rested longest, if any rests: somebody waits for a process."""
        resting = [session for session in self._residents.sessions.values() if session.runner.is_resting]
        if resting:
            min(resting, key=lambda session: session.rested_at).park()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(min(self._idle / CHECKS, FORGET_SECONDS))
            sessions = list(self._residents.sessions.values())
            for session in sessions:
                if session.runner.is_resting and time.monotonic() - session.rested_at > self._idle:
                    session.park()
            try:
                await self._residents.release([session for session in sessions if self._is_forgettable(session)])
            except TRANSIENT_ERRORS as error:
                log.warning("leases_not_released", error=str(error))  # they run out by themselves

    def _is_forgettable(self, session: Session) -> bool:
        # Whoever has just found it may be about to prompt it, or to listen: there must not be two of it.
        is_stored = session.is_forgettable and not self._owes(session.row.transcript_id)
        return is_stored and time.monotonic() - session.touched_at > self._patience
