"""The event log and its subscribers, without a session."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from api.events import stream
from api.events.delta_buffer import DeltaBuffer
from api.events.log import MAX_ENTRIES, EventLog
from api.events.publisher import EventPublisher
from api.events.stream import Timed
from api.schema import (
    Event,
    Message,
    MessageAdded,
    Notice,
    SessionInfo,
    TextBlock,
    TextDelta,
    ThinkingDelta,
    TurnWithdrawn,
)
from api.storage.session_store import GENERATION_SIZE

START = 1_000_000


def delta(text: str, message: str = "m", index: int = 0) -> TextDelta:
    return TextDelta(message_id=message, index=index, text=text)


def whole(text: str, message: str = "m") -> MessageAdded:
    return MessageAdded(message=Message(id=message, role="assistant", content=(TextBlock(text=text),)))


def said(frames: bytes) -> list[tuple[str, int]]:
    """The kinds and numbers of server-sent events."""
    found = []
    for frame in frames.decode().split("\n\n"):
        if frame and not frame.startswith(":"):
            number, kind, data = (line.partition(": ")[2] for line in frame.split("\n"))
            assert msgspec.json.decode(data)["seq"] == int(number)
            found.append((kind, int(number)))
    return found


class Said:
    """A past of these events."""

    def __init__(self, said: list[Timed]) -> None:
        self._said = said

    async def events(self) -> list[Timed]:
        return self._said

    async def last_events(self, *, count: int) -> list[Timed]:
        return self._said[-count:]

    async def last_messages(self, *, count: int) -> list[Timed]:
        return self._said[-count:] if count else []


def idle() -> SessionInfo:
    return SessionInfo(
        id="s",
        title="",
        state="idle",
        model=None,
        permission_mode="default",
        created_at="",
        updated_at="",
        cost_usd=0.0,
        num_turns=0,
        pending_requests=0,
        cwd="/",
    )


async def first(frames: AsyncIterator[bytes], number: int = 1) -> bytes:
    async with asyncio.timeout(5):
        return b"".join([await anext(frames) for _ in range(number)])


async def test_a_message_replaces_its_deltas_once_they_are_read() -> None:
    log = EventLog("s", base=0)
    reader = log.add_reader(START)
    log.publish(delta("a"))
    assert [entry.kind for entry in log.read(reader)] == ["text_delta"]
    log.publish(delta("b"))
    log.publish(whole("ab"))
    assert [entry.kind for entry in log.read(reader)] == ["text_delta", "message"]
    late = log.add_reader(0)
    assert [entry.kind for entry in log.read(late)] == ["message"]


async def test_a_slow_subscriber_does_not_keep_everything() -> None:
    log = EventLog("s", base=0)
    log.add_reader(START)
    for number in range(2_000):
        log.publish(delta(str(number)))
    log.publish(whole("all"))
    assert len(log.read(log.add_reader(0))) < 600


async def test_subscribers_get_earlier_and_new_events() -> None:
    log = EventLog("s", base=0)
    log.publish(Notice(level="info", text="one"))
    frames = stream.frames(log, Said([]), after=0)
    assert said(await first(frames)) == [("notice", START + 1)]
    waiting = asyncio.create_task(first(frames))
    await asyncio.sleep(0)
    log.publish(Notice(level="info", text="two"))
    assert said(await waiting) == [("notice", START + 2)]
    assert log.has_readers
    await frames.aclose()  # type: ignore[attr-defined]
    assert not log.has_readers


async def test_history_is_streamed_first_and_only_what_is_unknown() -> None:
    log = EventLog("s", base=50)

    past = Said([("2026-01-01T00:00:00.000Z", whole(str(number), str(number))) for number in range(3)])
    last = 50 + START
    log.publish(Notice(level="info", text="now"))
    everything = said(await first(stream.frames(log, past, after=7), 2))
    assert everything == [("message", last - 2), ("message", last - 1), ("message", last), ("notice", last + 1)]
    assert said(await first(stream.frames(log, past, after=last - 1), 2))[0] == ("message", last)
    assert said(await first(stream.frames(log, past, after=7, tail=2), 2)) == everything[1:]
    assert said(await first(stream.frames(log, past, after=7, tail=0))) == everything[3:]


async def test_a_new_generation_has_greater_numbers_without_a_gap_for_subscribers() -> None:
    log = EventLog("s", base=0)
    log.publish(Notice(level="info", text="one"))
    informed, behind, ignorant = log.add_reader(log.last_seq), log.add_reader(START), log.add_reader(0)
    before = log.last_seq
    log.restart(GENERATION_SIZE)
    log.publish(Notice(level="info", text="two"))
    assert [entry.seq for entry in log.read(informed)] == [GENERATION_SIZE + START + 1]
    assert before < GENERATION_SIZE + START + 1
    assert [entry.seq for entry in log.read(behind)] == [START + 1, GENERATION_SIZE + START + 1]
    assert log.read(behind) == []
    assert ignorant.seq < log.history_end


async def test_a_long_log_is_full() -> None:
    log = EventLog("s", base=0)
    for _ in range(MAX_ENTRIES + 1):
        log.publish(Notice(level="info", text="x"))
    assert log.is_full
    log.restart(GENERATION_SIZE)
    assert not log.is_full


async def test_a_turn_is_streamed_to_its_end() -> None:
    log = EventLog("s", base=0)
    for turn in ("a", "b"):
        log.publish(Notice(level="info", text="x", turn_id=turn))
    log.publish(TurnWithdrawn(turn_id="b"))
    log.publish(TurnWithdrawn(turn_id="a"))
    frames = [frame async for frame in stream.turn_frames(log, after=0, turn_id="b")]
    assert [kind for kind, _ in said(b"".join(frames))] == ["notice", "turn_withdrawn"]


async def test_the_first_delta_is_published_at_once_and_later_ones_merged() -> None:
    heard: list[Event] = []
    deltas = DeltaBuffer(heard.append)
    for text in "abc":
        deltas.add(delta(text))
    assert heard == [delta("a")]
    deltas.add(ThinkingDelta(message_id="m", index=0, text="hm"))
    assert heard == [delta("a"), delta("bc")]
    deltas.flush()
    assert len(heard) == 3


async def test_merged_deltas_are_published_after_a_delay() -> None:
    published = asyncio.Event()

    def publish(event: Event) -> None:
        if isinstance(event, TextDelta) and event.text == "bc":
            published.set()

    deltas = DeltaBuffer(publish)
    for text in "abc":
        deltas.add(delta(text))
    async with asyncio.timeout(5):
        await published.wait()


async def test_events_after_deltas_are_published_after_them() -> None:
    async def reserve() -> int:
        return GENERATION_SIZE

    publisher = EventPublisher("s", base=0, reserve=reserve, describe=idle, known_state="idle")
    publisher.turn_id = "t"
    publisher.publish_delta(delta("a"))
    publisher.publish_delta(delta("b"))
    publisher.publish(Notice(level="info", text="after"))
    entries = publisher.log.read(publisher.log.add_reader(0))
    assert [(entry.kind, entry.turn_id) for entry in entries] == [
        ("text_delta", "t"),
        ("text_delta", "t"),
        ("notice", "t"),
    ]
    await publisher.renew()
    assert publisher.log.base == GENERATION_SIZE
