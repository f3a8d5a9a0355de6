"""A session's events as a stream for one subscriber: what was said before, then what is said."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from api.claude.log import Log
from api.schema import Event, encode

KEEPALIVE_SECONDS = 15.0
KEEPALIVE = b": still here\n\n"
LAST = ("turn_finished", "turn_withdrawn")
"""What ends a turn."""
HISTORY_FRAMES = 200
"""How many events of the past go out at once."""

Past = Callable[[], Awaitable[Iterable[tuple[str, Event]]]]
"""The conversation before the log began, each event with its time."""


async def frames(log: Log, past: Past, *, after: int) -> AsyncIterator[bytes]:
    """Server-sent events: everything after `after`, then live, with a comment line while nothing happens."""
    reader = log.reader(after)
    try:
        while True:
            while reader.seq < log.history_end:
                async for chunk in _past_frames(log, past, after=reader.seq):
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


async def turn_frames(log: Log, *, after: int, turn_id: str) -> AsyncIterator[bytes]:
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


async def _past_frames(log: Log, past: Past, *, after: int) -> AsyncIterator[bytes]:
    seq = log.base
    chunk: list[bytes] = []
    for at, event in await past():
        seq += 1
        if seq > after:
            chunk.append(log.frame(event, seq=seq, at=at))
            if len(chunk) == HISTORY_FRAMES:
                yield b"".join(chunk)
                chunk.clear()
    if chunk:
        yield b"".join(chunk)


def sse(kind: str, body: object) -> bytes:
    """A server-sent event that is not of a session's log."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), encode(body))
