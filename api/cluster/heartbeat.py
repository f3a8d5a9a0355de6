"""Keeps what this replica runs its own, notices what it lost, and takes over what others left."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.schema import SessionInfo
from api.schema.sessions import SessionState
from api.storage import Leases

TELL_SECONDS = 1.0
"""How old what others hear of a session may be."""
BEATS = 3
"""Tries to renew within the time of one lease."""

log = structlog.get_logger(__name__)


class Heartbeat:
    """Renews the leases as long as it runs."""

    def __init__(
        self,
        leases: Leases,
        *,
        running: Callable[[], Mapping[str, SessionInfo]],
        lost: Callable[[list[str]], Awaitable[None]],
        found: Callable[[str], Awaitable[None]],
    ) -> None:
        """Starts nothing yet.

        Args:
            running: the sessions that are here.
            lost: told which of them another replica has taken.
            found: told a session whose turns nobody looks after any more.
        """
        self._leases = leases
        self._running = running
        self._lost = lost
        self._found = found
        self._told: dict[str, tuple[SessionState, int]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins, where there may be other replicas."""
        if self._leases.is_shared:
            self._task = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Ends; what was renewed last stays ours for a while."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _beat(self) -> None:
        seconds = self._leases.seconds
        renewed = swept = answered = time.monotonic()
        while True:
            await asyncio.sleep(min(TELL_SECONDS, seconds / BEATS))
            now = time.monotonic()
            try:
                if now - renewed >= seconds / BEATS:
                    await self._renew()
                    renewed = now
                await self._tell()
                if now - swept >= seconds:
                    swept = now
                    await self._sweep()
            except Exception as error:  # if this ended, others would take what runs here
                if not isinstance(error, SQLAlchemyError | OSError):
                    log.exception("heartbeat_failed")
                log.warning("leases_not_renewed", error=str(error).partition("\n")[0])
                answered = time.monotonic()
                # When the database is back, the others need a moment to say that they are still there.
                self._leases.patience = 2 * seconds
            if self._leases.patience and now - answered > 2 * seconds:
                self._leases.patience = 0.0

    async def _renew(self) -> None:
        if lost := await self._leases.renew():
            log.warning("sessions_lost", sessions=lost)
            await self._lost(lost)

    async def _tell(self) -> None:
        states = {name: (info.state, info.pending_requests) for name, info in self._running().items()}
        for name, (state, requests) in states.items():
            if self._told.get(name, ("idle", 0)) != (state, requests):
                await self._leases.tell(name, state=state, requests=requests)
        self._told = states

    async def _sweep(self) -> None:
        for session_id in await self._leases.orphans():
            await self._found(session_id)
