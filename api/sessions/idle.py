"""Ends the processes of idle sessions, and removes fully stored sessions from memory."""

import asyncio
import time
from collections.abc import Callable

import structlog

from api.sessions.registry import SessionRegistry
from api.sessions.session import Session
from runtime.background_tasks import BackgroundTasks
from runtime.database.errors import TRANSIENT_ERRORS

CHECKS_PER_TIMEOUT = 4
"""How many times per idle timeout the sessions are checked."""
UNLOAD_SECONDS = 10.0
"""How long a session stays in memory after its last use."""

log = structlog.get_logger(__name__)


class IdleReaper:
    """Checks the sessions in memory periodically."""

    def __init__(
        self,
        registry: SessionRegistry,
        *,
        idle_timeout: float,
        has_unstored_lines: Callable[[str], bool],
    ) -> None:
        """
        Args:
            idle_timeout: seconds without a turn after which a process is ended.
            has_unstored_lines: whether lines of a transcript still wait to be stored.
        """
        self._registry = registry
        self._idle_timeout = idle_timeout
        self._unload_seconds = min(idle_timeout, UNLOAD_SECONDS)
        self._has_unstored_lines = has_unstored_lines
        self._task: asyncio.Task[None] | None = None

    def open(self, tasks: BackgroundTasks) -> None:
        """Starts the periodic checks."""
        self._task = tasks.start_forever(self._check_periodically())

    def close(self) -> None:
        """Ends the checks."""
        if self._task:
            self._task.cancel()

    def reclaim(self) -> None:
        """Ends the process of the session that has been idle longest, if there is one: a caller waits for a slot."""
        idle = [session for session in self._registry.sessions.values() if session.has_idle_process]
        if idle:
            min(idle, key=lambda session: session.idle_since).end_process()

    async def _check_periodically(self) -> None:
        while True:
            await asyncio.sleep(min(self._idle_timeout / CHECKS_PER_TIMEOUT, UNLOAD_SECONDS))
            sessions = list(self._registry.sessions.values())
            for session in sessions:
                if session.has_idle_process and time.monotonic() - session.idle_since > self._idle_timeout:
                    session.end_process()
            try:
                await self._registry.release([session for session in sessions if self._is_unloadable(session)])
            except TRANSIENT_ERRORS as error:
                log.warning("leases_not_released", error=str(error))  # they expire

    def _is_unloadable(self, session: Session) -> bool:
        # A caller that has just found the session may be about to use it, and a second Session object for it must not
        # be created.
        is_stored = session.is_unloadable and not self._has_unstored_lines(session.row.transcript_id)
        return is_stored and time.monotonic() - session.last_used_at > self._unload_seconds
