"""What a session says to its subscribers: its log, with deltas merged and every event marked with its turn."""

from collections.abc import Awaitable, Callable

import msgspec

from api.events.delta_buffer import Delta, DeltaBuffer
from api.events.log import EventLog
from api.schema import Event


class EventPublisher:
    """The one place where a session's events are published."""

    def __init__(self, session_id: str, *, base: int, reserve: Callable[[], Awaitable[int]]) -> None:
        """Starts empty.

        Args:
            base: from `reserve`.
            reserve: gives a number that is not less than any seq of this session so far.
        """
        self.log = EventLog(session_id, base=base)
        self.turn_id: str | None = None
        """The turn that what is published belongs to."""
        self._reserve = reserve
        self._deltas = DeltaBuffer(self._append)

    def publish(self, event: Event) -> None:
        """Publishes the event after all deltas that came before it."""
        self._deltas.flush()
        self._append(event)

    def publish_delta(self, delta: Delta) -> None:
        """Publishes a piece of text, together with its neighbours."""
        self._deltas.add(delta)

    async def renew(self) -> None:
        """Starts a new life of the log: what was said before is history."""
        base = await self._reserve()
        self._deltas.flush()
        self.log.restart(base)

    def _append(self, event: Event) -> None:
        if event.turn_id is None and self.turn_id is not None:
            event = msgspec.structs.replace(event, turn_id=self.turn_id)
        self.log.publish(event)
