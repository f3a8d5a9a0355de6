"""While this server stops, hands each session over to the other replicas as soon as nothing runs in it."""

import asyncio
from collections.abc import Callable

import structlog

from api.sessions.registry import SessionRegistry
from api.turns.result import interrupted
from runtime.database.errors import TRANSIENT_ERRORS

CHECK_SECONDS = 0.2
"""The interval between checks whether sessions with queued prompts can be handed over."""

log = structlog.get_logger(__name__)


class SessionDrainer:
    """Releases idle sessions while turns of other sessions still run here."""

    def __init__(self, registry: SessionRegistry, *, has_unstored_lines: Callable[[str], bool]) -> None:
        """
        Args:
            has_unstored_lines: whether lines of a transcript still wait to be stored.
        """
        self._registry = registry
        self._has_unstored_lines = has_unstored_lines

    async def release_queues(self) -> None:
        """Releases sessions with queued prompts, which do not start here any more. Runs until it is cancelled."""
        while True:
            for session in list(self._registry.sessions.values()):
                if session.has_queued_turns:
                    await self.release(session.id)
            await asyncio.sleep(CHECK_SECONDS)

    async def release(self, session_id: str) -> None:
        """Releases the session if nothing runs in it and everything is stored. Any replica may then take it."""
        session = self._registry.sessions.get(session_id)
        if session is None or not session.is_releasable or self._has_unstored_lines(session.row.transcript_id):
            return
        session.end_subscriptions()  # clients reconnect, to the replica that takes it
        try:
            await session.close(interrupted())
            await self._registry.release([session])
        except TRANSIENT_ERRORS as error:
            log.warning("session_not_released", session=session_id, error=str(error).partition("\n")[0])
