"""The queue of one session's turns.

`api/sessions/intake.py` stores each turn before it is accepted, and then enqueues it, so it survives a crash.
"""

import asyncio
from collections import deque
from contextlib import suppress

import msgspec
from sqlalchemy.exc import IntegrityError

from api.errors import PromptQueueFullError, SessionNotFoundError, TurnNotFoundError
from api.events.publisher import EventPublisher
from api.schema import TurnWithdrawn
from api.storage import LeaseLostError, TurnRow, TurnRows
from api.storage.session_store import SessionStore
from api.turns.result import TurnResult
from api.turns.turn import Turn
from runtime.background_tasks import BackgroundTasks
from runtime.database.errors import TRANSIENT_ERRORS

MAX_QUEUED = 50


class TurnQueue:
    """The queued turns, first in, first out."""

    def __init__(self, store: SessionStore, turns: TurnRows, publisher: EventPublisher, tasks: BackgroundTasks) -> None:
        self._store = store
        self._turns = turns
        self._publisher = publisher
        self._tasks = tasks
        self._waiting: deque[Turn] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def first(self) -> Turn | None:
        """The next turn to run."""
        return self._waiting[0] if self._waiting else None

    def check_not_full(self) -> None:
        """Checks that another turn may wait.

        Raises:
            PromptQueueFullError: too many are waiting.
        """
        if len(self._waiting) >= MAX_QUEUED:
            raise PromptQueueFullError(retry_after=5)

    async def store(self, turn: Turn) -> None:
        """Stores a turn as queued.

        Raises:
            SessionNotFoundError: the session was deleted meanwhile.
        """
        attachments = [msgspec.to_builtins(attachment) for attachment in turn.attachments]
        session_id = self._store.row.id
        row = TurnRow(id=turn.id, session_id=session_id, kind=turn.kind, prompt=turn.prompt, attachments=attachments)
        await self._store.reserve_event_numbers()
        try:
            await self._turns.add(row)
        except IntegrityError:
            raise SessionNotFoundError from None
        except (asyncio.CancelledError, *TRANSIENT_ERRORS):
            # The row may have been written although the call failed; it would then run after a restart.
            self._tasks.start(self._discard(turn))
            raise

    async def _discard(self, turn: Turn) -> None:
        with suppress(LeaseLostError, *TRANSIENT_ERRORS):
            await self._store.write_with_retry(lambda: self._turns.withdraw(turn.id))

    def append(self, turn: Turn) -> None:
        """Adds a stored turn at the end."""
        self._waiting.append(turn)

    def pop(self) -> Turn:
        """Removes and returns the next turn."""
        return self._waiting.popleft()

    def remove(self, turn_id: str) -> Turn:
        """Removes a turn from the queue; call `withdraw` next.

        Raises:
            TurnNotFoundError: it is not in the queue.
        """
        for turn in self._waiting:
            if turn.id == turn_id:
                self._waiting.remove(turn)
                return turn
        raise TurnNotFoundError

    async def withdraw(self, turn: Turn, result: TurnResult) -> None:
        """Stores and publishes that a removed turn will not run. Runs to the end even if the caller disconnects."""
        await self._tasks.run_to_completion(self._withdraw(turn, result))

    async def _withdraw(self, turn: Turn, result: TurnResult) -> None:
        async def write() -> None:
            await self._turns.withdraw(turn.id)
            # Published only once it is stored: until then it would run after a restart.
            self._publisher.publish(TurnWithdrawn(turn_id=turn.id))

        turn.set_result(result)
        try:
            await self._store.write_with_retry(write)
        finally:
            turn.mark_finished(result)

    def close(self, result: TurnResult) -> None:
        """Releases every caller that waits for a queued turn. The turns stay stored and run after the next start."""
        for turn in self._waiting:
            turn.set_result(result)
            turn.mark_finished(result)
        self._waiting.clear()
