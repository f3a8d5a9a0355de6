"""Publishes the events of one session, and its state when that changes."""

from collections.abc import Awaitable, Callable

import msgspec

from api.events.delta_buffer import Delta, DeltaBuffer
from api.events.log import EventLog
from api.schema import Event, RequestClosed, RequestOpened, SessionChanged, SessionInfo, SessionStateChanged
from api.schema.sessions import SessionState


class EventPublisher:
    """The one place where events enter a session's log. Merges deltas, and marks each event with the running turn."""

    def __init__(
        self,
        session_id: str,
        *,
        base: int,
        reserve: Callable[[], Awaitable[int]],
        describe: Callable[[], SessionInfo],
        known_state: SessionState,
    ) -> None:
        """
        Args:
            base: a number from `reserve`.
            reserve: returns a number that is not less than that of any event of the session so far.
            describe: describes the session as it is now.
            known_state: the state that clients know already; it is published only when it changes.
        """
        self.log = EventLog(session_id, base=base)
        self.turn_id: str | None = None
        """The running turn, to which the published events belong."""
        self._reserve = reserve
        self._describe = describe
        self._known_state = known_state
        self._deltas = DeltaBuffer(self._append)

    def publish(self, event: Event) -> None:
        """Publishes an event after all deltas before it."""
        self._deltas.flush()
        self._append(event)
        if isinstance(event, RequestOpened | RequestClosed):
            self.publish_state()

    def publish_delta(self, delta: Delta) -> None:
        """Publishes a piece of text, merged with those that follow in quick succession."""
        self._deltas.add(delta)

    def publish_state(self) -> None:
        """Publishes the state of the session if it has changed."""
        state = self._describe().state
        if state != self._known_state:
            self._known_state = state
            self.publish(SessionStateChanged(state=state))

    def publish_changes(self) -> None:
        """Publishes the session's title, settings and counts."""
        self.publish(SessionChanged(session=self._describe()))

    async def renew(self) -> None:
        """Starts a new generation of the log. Its old events become history, which is read from storage."""
        base = await self._reserve()
        self._deltas.flush()
        self.log.restart(base)

    def _append(self, event: Event) -> None:
        if event.turn_id is None and self.turn_id is not None:
            event = msgspec.structs.replace(event, turn_id=self.turn_id)
        self.log.publish(event)
