"""The events of one session in order. Subscribers are cursors into it, so a slow one delays nobody."""

import asyncio
from bisect import bisect_right
from dataclasses import dataclass, field

import msgspec

from api.schema.events import Event, MessageAdded, TextDelta, ThinkingDelta, ToolFinished, ToolOutput
from runtime.clock import timestamp

ROOM_FOR_HISTORY = 1_000_000
"""Numbers kept free before the first live event, for what was said before."""
GENERATION = 10_000_000
"""Numbers that one life of a log may use; the next life starts above them."""
MAX_ENTRIES = 4_000
MAX_BYTES = 4 << 20
"""Beyond either the log starts a new life once a turn is over: its past is in the transcript."""

MAX_BEHIND = 500
"""Events that wait for a slow subscriber though something newer replaces them."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One published event, ready to be sent."""

    seq: int
    kind: str
    turn_id: str | None
    message_id: str | None
    """Of a message and its deltas, of a call and its output: what replaces what."""
    frame: bytes
    """The event as a server-sent event."""


@dataclass(slots=True, eq=False)
class Reader:
    """How far one subscriber has read."""

    seq: int
    backlog: list[Entry] = field(default_factory=list)
    """What it has not read of an earlier life of the log."""


class EventLog:
    """An append-only list of events; whole messages take the place of their deltas."""

    def __init__(self, session_id: str, *, base: int) -> None:
        """Starts a log.

        Args:
            base: not less than any seq that the session ever gave out.
        """
        self._session_id = session_id
        self._entries: list[Entry] = []
        self._replaced: dict[str | None, int] = {}
        """Messages and calls, with the seq of their newest form: what was before is of no use to who comes late."""
        self._bytes = 0
        self._readers: set[Reader] = set()
        self._waiting: set[asyncio.Future[bool]] = set()
        self.is_closed = False
        self.base = base
        self.last_seq = self.history_end

    @property
    def history_end(self) -> int:
        """The last number of what was said before this log began."""
        return self.base + ROOM_FOR_HISTORY

    @property
    def is_full(self) -> bool:
        """Whether it is time for a new life."""
        return len(self._entries) > MAX_ENTRIES or self._bytes > MAX_BYTES

    @property
    def has_readers(self) -> bool:
        return bool(self._readers)

    def publish(self, event: Event) -> None:
        """Appends the event, stamped, and wakes the subscribers; a closed log has said its last word."""
        if self.is_closed:
            return
        self.last_seq += 1
        message_id = _message_id(event)
        if message_id and isinstance(event, MessageAdded | ToolOutput | ToolFinished):
            self._replaced[message_id] = self.last_seq
            self._drop_replaced()
        frame = self.frame(event, seq=self.last_seq)
        self._entries.append(Entry(self.last_seq, tag(event), event.turn_id, message_id, frame))
        self._bytes += len(frame)
        self.wake()

    def frame(self, event: Event, *, seq: int, at: str | None = None) -> bytes:
        """The event, stamped, as a server-sent event."""
        stamped = msgspec.structs.replace(event, seq=seq, session_id=self._session_id, at=at or timestamp())
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (seq, tag(event).encode(), _encode(stamped))

    def reader(self, after: int) -> Reader:
        """A new subscriber, who knows everything up to `after`."""
        self._drop_replaced()
        reader = Reader(min(after, self.last_seq))
        self._readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forgets a subscriber."""
        self._readers.discard(reader)

    def read(self, reader: Reader) -> list[Entry]:
        """What is new to the subscriber, who knows it from now on."""
        entries, reader.backlog = reader.backlog + self._after(reader.seq), []
        reader.seq = max(reader.seq, self.last_seq)
        return entries

    def close(self) -> None:
        """Ends every subscription: there is nothing more to come."""
        self.is_closed = True
        self.wake()

    def wake(self) -> None:
        """Makes every waiting subscriber look again."""
        waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            _resolve(waiter, True)

    async def news(self, *, timeout: float) -> bool:
        """Waits for the next event, or for `wake`; False when the time ran out first."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        self._waiting.add(waiter)
        handle = loop.call_later(timeout, _resolve, waiter, False)
        try:
            return await waiter
        finally:
            handle.cancel()
            self._waiting.discard(waiter)

    def restart(self, base: int) -> None:
        """Starts a new life with greater numbers; who knows the history goes on without a gap."""
        live = [reader for reader in self._readers if reader.seq >= self.history_end]
        for reader in live:
            reader.backlog += self._after(reader.seq)
        self._entries.clear()
        self._replaced.clear()
        self._bytes = 0
        self.base = base
        self.last_seq = self.history_end
        for reader in live:
            reader.seq = self.last_seq
        self.wake()

    def _after(self, seq: int) -> list[Entry]:
        return self._entries[bisect_right(self._entries, seq, key=_seq) :] if seq < self.last_seq else []

    def _drop_replaced(self) -> None:
        # What a subscriber is about to read stays: who adds up deltas must not miss the last ones.
        slowest = min((reader.seq for reader in self._readers), default=self.last_seq)
        known = max(slowest, self.last_seq - MAX_BEHIND)
        replaced = self._replaced
        kept = [entry for entry in self._entries if entry.seq > known or entry.seq >= replaced.get(entry.message_id, 0)]
        if len(kept) != len(self._entries):
            self._entries = kept
            self._bytes = sum(len(entry.frame) for entry in kept)


def tag(event: Event) -> str:
    """The event's type, as clients know it."""
    return str(event.__struct_config__.tag)


def _seq(entry: Entry) -> int:
    return entry.seq


def _message_id(event: Event) -> str | None:
    if isinstance(event, MessageAdded):
        return event.message.id
    if isinstance(event, ToolOutput | ToolFinished):
        return event.tool_use_id
    return event.message_id if isinstance(event, TextDelta | ThinkingDelta) else None


def _resolve(waiter: "asyncio.Future[bool]", answer: bool) -> None:
    if not waiter.done():
        waiter.set_result(answer)
