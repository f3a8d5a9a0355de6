"""Renews the leases of this replica, notices the ones it lost, and finds sessions that other replicas left behind."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from api.cluster.sql_leases import SqlLeases
from api.schema import SessionInfo
from api.schema.sessions import SessionState
from runtime.database.errors import TRANSIENT_ERRORS

ANNOUNCE_SECONDS = 1.0
"""How old a session's state may be in the lists of other replicas."""
BEATS = 3
"""How many times the leases are renewed in the time after which they would expire."""

log = structlog.get_logger(__name__)


class Heartbeat:
    """Renews the leases of a replica, announces the states of its sessions, and finds orphaned sessions."""

    def __init__(
        self,
        leases: SqlLeases,
        *,
        running: Callable[[], Mapping[str, SessionInfo]],
        lost: Callable[[list[str]], Awaitable[None]],
        found: Callable[[str], Awaitable[None]],
    ) -> None:
        """
        Args:
            running: returns the sessions that this process has in memory.
            lost: called with the sessions that another replica has taken.
            found: called with each session whose turns no replica runs any more.
        """
        self._leases = leases
        self._running = running
        self._lost = lost
        self._found = found
        self._announced: dict[str, tuple[SessionState, int]] = {}

    async def run(self) -> None:
        """Renews until it is cancelled. The leases then last until they expire."""
        seconds = self._leases.seconds
        renewed = searched = failed = time.monotonic()
        while True:
            await asyncio.sleep(min(ANNOUNCE_SECONDS, seconds / BEATS))
            now = time.monotonic()
            try:
                if now - renewed >= seconds / BEATS:
                    await self._renew()
                    renewed = now
                await self._announce()
                if now - searched >= seconds:
                    searched = now
                    await self._take_orphans()
            except Exception as error:  # if this task ended, other replicas would take the sessions that run here
                if not isinstance(error, TRANSIENT_ERRORS):
                    log.exception("heartbeat_failed")
                log.warning("leases_not_renewed", error=str(error).partition("\n")[0])
                failed = time.monotonic()
                # Once the database is back, the other replicas need time to renew before their leases count as expired.
                self._leases.grace_seconds = 2 * seconds
            if self._leases.grace_seconds and now - failed > 2 * seconds:
                self._leases.grace_seconds = 0.0

    async def _renew(self) -> None:
        if lost := await self._leases.renew():
            log.warning("sessions_lost", sessions=lost)
            await self._lost(lost)

    async def _announce(self) -> None:
        states = {name: (info.state, info.pending_requests) for name, info in self._running().items()}
        for name, (state, requests) in states.items():
            if self._announced.get(name, ("idle", 0)) != (state, requests):
                await self._leases.announce(name, state=state, requests=requests)
        self._announced = states

    async def _take_orphans(self) -> None:
        for session_id in await self._leases.orphans():
            await self._found(session_id)
