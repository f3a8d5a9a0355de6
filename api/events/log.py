"""The event log of one session. Each subscriber reads at its own pace, so a slow one does not delay others."""

import asyncio
from bisect import bisect_right
from dataclasses import dataclass, field

import msgspec

from api.schema.events import Event, MessageAdded, TextDelta, ThinkingDelta, ToolFinished, ToolOutput
from runtime.clock import timestamp

ROOM_FOR_HISTORY = 1_000_000
"""How many numbers before the first live event are kept for the events of the history."""
MAX_ENTRIES = 4_000
MAX_BYTES = 4 << 20
"""Beyond either limit, the log starts a new generation after the turn. Its old events can then be read from storage."""
MAX_BEHIND = 500
"""How many replaced events are kept for a slow subscriber."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One published event, ready to be sent."""

    seq: int
    kind: str
    turn_id: str | None
    message_id: str | None
    """Common to a message and its deltas, or a tool call and its output: a later one replaces the earlier ones."""
    frame: bytes
    """The event as a server-sent event."""


@dataclass(slots=True, eq=False)
class Reader:
    """The position of one subscriber."""

    seq: int
    backlog: list[Entry] = field(default_factory=list)
    """Unread entries of an earlier generation of the log."""


class EventLog:
    """An append-only list of events, in which whole messages replace their deltas."""

    def __init__(self, session_id: str, *, base: int) -> None:
        """
        Args:
            base: not less than the number of any earlier event of the session.
        """
        self._session_id = session_id
        self._entries: list[Entry] = []
        self._replaced: dict[str | None, int] = {}
        """Messages and tool calls with the number of their newest event, which replaces the earlier ones."""
        self._bytes = 0
        self._readers: set[Reader] = set()
        self._waiting: set[asyncio.Future[bool]] = set()
        self.is_closed = False
        self.base = base
        self.last_seq = self.history_end

    @property
    def history_end(self) -> int:
        """The number of the last event of the history, before this log."""
        return self.base + ROOM_FOR_HISTORY

    @property
    def is_full(self) -> bool:
        """Whether the log should start a new generation."""
        return len(self._entries) > MAX_ENTRIES or self._bytes > MAX_BYTES

    @property
    def has_readers(self) -> bool:
        return bool(self._readers)

    def publish(self, event: Event) -> None:
        """Numbers and appends the event, and wakes the subscribers. Does nothing if the log is closed."""
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
        """The event with its number and time, as a server-sent event."""
        stamped = msgspec.structs.replace(event, seq=seq, session_id=self._session_id, at=at or timestamp())
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (seq, tag(event).encode(), _encode(stamped))

    def add_reader(self, after: int) -> Reader:
        """Adds a subscriber that has all events up to `after`."""
        self._drop_replaced()
        reader = Reader(min(after, self.last_seq))
        self._readers.add(reader)
        return reader

    def remove_reader(self, reader: Reader) -> None:
        """Removes a subscriber."""
        self._readers.discard(reader)

    def read(self, reader: Reader) -> list[Entry]:
        """The entries that the subscriber has not read yet."""
        entries, reader.backlog = reader.backlog + self._after(reader.seq), []
        reader.seq = max(reader.seq, self.last_seq)
        return entries

    def close(self) -> None:
        """Ends every subscription, once its entries are read."""
        self.is_closed = True
        self.wake()

    def wake(self) -> None:
        """Wakes all waiting subscribers."""
        waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            _resolve(waiter, True)

    async def wait(self, *, timeout: float) -> bool:
        """Waits for the next event or `wake`; returns False after the timeout."""
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
        """Starts a generation with greater numbers. Subscribers that have read the history continue without a gap."""
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
        # Entries that a subscriber is about to read stay, or it would miss the last deltas of a message.
        slowest = min((reader.seq for reader in self._readers), default=self.last_seq)
        known = max(slowest, self.last_seq - MAX_BEHIND)
        replaced = self._replaced
        kept = [entry for entry in self._entries if entry.seq > known or entry.seq >= replaced.get(entry.message_id, 0)]
        if len(kept) != len(self._entries):
            self._entries = kept
            self._bytes = sum(len(entry.frame) for entry in kept)


def tag(event: Event) -> str:
    """The type of the event, as clients see it."""
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
