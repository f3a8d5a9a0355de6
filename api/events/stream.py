"""Streams the events of a session to one subscriber: first the history, then the log."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from api.events.log import EventLog
from api.schema import Event, encode

KEEPALIVE_SECONDS = 15.0
KEEPALIVE = b": still here\n\n"
LAST = ("turn_finished", "turn_withdrawn")
"""The last event of a turn."""
HISTORY_FRAMES = 200
"""How many events of the history are sent at once."""

Timed = tuple[str, Event]
"""An event with its time."""


class History(Protocol):
    """The events before the log."""

    async def events(self) -> Sequence[Timed]:
        """All events."""

    async def last_events(self, *, count: int) -> Sequence[Timed]:
        """The last events: at least `count`, if there are as many."""

    async def last_messages(self, *, count: int) -> Sequence[Timed]:
        """The events from the last `count` messages on."""


async def frames(log: EventLog, history: History, *, after: int, tail: int | None = None) -> AsyncIterator[bytes]:
    """Server-sent events: all after `after`, then live ones, with a comment line while nothing happens.

    Args:
        tail: how many messages of the history are sent to a subscriber that knows none of it; all if None.
    """
    reader = log.add_reader(after)
    try:
        while True:
            while reader.seq < log.history_end:
                async for chunk in _history_frames(log, history, after=reader.seq, tail=tail):
                    yield chunk
                reader.seq = max(reader.seq, log.history_end)
            if entries := log.read(reader):
                yield b"".join(entry.frame for entry in entries)
            elif log.is_closed:
                return
            elif not await log.wait(timeout=KEEPALIVE_SECONDS):
                yield KEEPALIVE
    finally:
        log.remove_reader(reader)


async def turn_frames(log: EventLog, *, after: int, turn_id: str) -> AsyncIterator[bytes]:
    """The events of one turn, until it ends."""
    reader = log.add_reader(after)
    try:
        while True:
            entries = [entry for entry in log.read(reader) if entry.turn_id == turn_id]
            if entries:
                yield b"".join(entry.frame for entry in entries)
                if entries[-1].kind in LAST:
                    return
            if log.is_closed and not entries:
                return
            if not entries and not await log.wait(timeout=KEEPALIVE_SECONDS):
                yield KEEPALIVE
    finally:
        log.remove_reader(reader)


async def _history_frames(log: EventLog, history: History, *, after: int, tail: int | None) -> AsyncIterator[bytes]:
    # The history is numbered backwards from the first live event, so its end can be sent without reading its beginning.
    end = log.history_end
    if after > log.base:
        events = await history.last_events(count=end - after)
    elif tail is not None:
        events = await history.last_messages(count=tail)
    else:
        events = await history.events()
    first = end - len(events) + 1
    for start in range(0, len(events), HISTORY_FRAMES):
        some = enumerate(events[start : start + HISTORY_FRAMES], first + start)
        if chunk := b"".join(log.frame(event, seq=seq, at=at) for seq, (at, event) in some if seq > after):
            yield chunk


def sse(kind: str, body: object) -> bytes:
    """A server-sent event that is not in the log."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), encode(body))
