"""A session's events as a stream for one subscriber: what was said before, then what is said."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from api.events.log import EventLog
from api.schema import Event, encode
from api.turns.turn import Turn

KEEPALIVE_SECONDS = 15.0
KEEPALIVE = b": still here\n\n"
LAST = ("turn_finished", "turn_withdrawn")
"""What ends a turn."""
HISTORY_FRAMES = 200
"""How many events of the past go out at once."""

Timed = tuple[str, Event]
"""An event and its time."""


class History(Protocol):
    """What was said before the log began."""

    async def events(self) -> Sequence[Timed]:
        """All of it."""

    async def last_events(self, *, count: int) -> Sequence[Timed]:
        """Its end: not less than `count` events, if there are as many."""

    async def last_messages(self, *, count: int) -> Sequence[Timed]:
        """Its end, from the last `count` messages on."""


async def frames(log: EventLog, past: History, *, after: int, tail: int | None = None) -> AsyncIterator[bytes]:
    """Server-sent events: everything after `after`, then live, with a comment line while nothing happens.

    Args:
        tail: how many messages of the past those get who know nothing of it.
    """
    reader = log.reader(after)
    try:
        while True:
            while reader.seq < log.history_end:
                async for chunk in _past_frames(log, past, after=reader.seq, tail=tail):
                    yield chunk
                reader.seq = max(reader.seq, log.history_end)
            if entries := log.read(reader):
                yield b"".join(entry.frame for entry in entries)
            elif log.is_closed:
                return
            elif not await log.news(timeout=KEEPALIVE_SECONDS):
                yield KEEPALIVE
    finally:
        log.leave(reader)


async def turn_frames(log: EventLog, *, after: int, turn_id: str) -> AsyncIterator[bytes]:
    """The events of one turn, until it ends."""
    reader = log.reader(after)
    try:
        while True:
            entries = [entry for entry in log.read(reader) if entry.turn_id == turn_id]
            if entries:
                yield b"".join(entry.frame for entry in entries)
                if entries[-1].kind in LAST:
                    return
            if log.is_closed and not entries:
                return
            if not entries and not await log.news(timeout=KEEPALIVE_SECONDS):
                yield KEEPALIVE
    finally:
        log.leave(reader)


async def to_end(log: EventLog, turn: Turn, *, after: int) -> AsyncIterator[bytes]:
    """The events of one turn, closing with `done` or `error`."""
    async for chunk in turn_frames(log, after=after, turn_id=turn.id):
        yield chunk
    outcome = await asyncio.shield(turn.finished)
    if outcome.is_error:
        yield sse("error", {"error": outcome.error, "code": outcome.code})
    else:
        yield sse("done", {"turnId": turn.id, "stopReason": outcome.stop_reason})


async def _past_frames(log: EventLog, past: History, *, after: int, tail: int | None) -> AsyncIterator[bytes]:
    # The past has the numbers right before the first live event, so that its end is numbered without its beginning.
    end = log.history_end
    if after > log.base:
        events = await past.last_events(count=end - after)
    elif tail is not None:
        events = await past.last_messages(count=tail)
    else:
        events = await past.events()
    first = end - len(events) + 1
    for start in range(0, len(events), HISTORY_FRAMES):
        some = enumerate(events[start : start + HISTORY_FRAMES], first + start)
        if chunk := b"".join(log.frame(event, seq=seq, at=at) for seq, (at, event) in some if seq > after):
            yield chunk


def sse(kind: str, body: object) -> bytes:
    """A server-sent event that is not of a session's log."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), encode(body))
