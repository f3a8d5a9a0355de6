"""Gives the sessions of a server that is about to stop to the other replicas, as soon as nothing runs in them."""

import asyncio
from collections.abc import Callable

import structlog

from api.sessions.registry import SessionRegistry
from api.turns.result import interrupted
from runtime.database.errors import TRANSIENT_ERRORS

LOOK_SECONDS = 0.2
"""How long prompts that wait may wait for a turn that has just ended."""

log = structlog.get_logger(__name__)


class SessionDrainer:
    """Lets sessions go while turns of others still run here."""

    def __init__(self, residents: SessionRegistry, *, owes: Callable[[str], bool]) -> None:
        """Lets nobody go yet.

        Args:
            owes: whether lines of a transcript still wait to be stored.
        """
        self._residents = residents
        self._owes = owes

    async def let_queues_go(self) -> None:
        """Lets the sessions go in which prompts wait that will not begin here; for ever."""
        while True:
            for session in list(self._residents.sessions.values()):
                if session.runner.queued:
                    await self.let_go(session.id)
            await asyncio.sleep(LOOK_SECONDS)

    async def let_go(self, session_id: str) -> None:
        """Forgets the session if nothing runs in it and all is stored: the next replica that is asked has it."""
        session = self._residents.sessions.get(session_id)
        if session is None or not session.runner.is_idle or session.runner.is_paused:
            return
        if session.voice.has_debts or self._owes(session.row.transcript_id):
            return
        session.journal.log.close()  # who listens comes back, and hears the rest from the other
        try:
            await session.runner.close(interrupted())
            await self._residents.release([session])
        except TRANSIENT_ERRORS as error:
            log.warning("session_not_let_go", session=session_id, error=str(error).partition("\n")[0])
