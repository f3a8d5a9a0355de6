import asyncio
from contextlib import nullcontext

import pytest

from tui.serve.outbox import LARGEST_MESSAGE, MOST_IN_FLIGHT, MOST_WAITING, PRELUDE, Closed, Outbox

FRAME = b"f" * 10_000


@pytest.fixture
def outbox() -> Outbox:
    box = Outbox()
    box.start_afresh()
    return box


def fill(outbox: Outbox) -> None:
    """Puts frames until the outbox drops them."""
    for _ in range(2 * MOST_WAITING // len(FRAME)):
        outbox.put_frame(FRAME)


async def test_sends_nothing_before_the_first_repaint() -> None:
    outbox = Outbox()
    outbox.put_frame(b"half a screen")
    outbox.start_afresh()
    outbox.put_frame(b"whole screen")
    assert await outbox.get() == PRELUDE + b"whole screen"


async def test_joins_small_frames_and_keeps_their_order(outbox: Outbox) -> None:
    for number in range(20):
        outbox.put_frame(b"%d," % number)
    assert await outbox.get() == PRELUDE + b"".join(b"%d," % number for number in range(20))


async def test_no_message_is_larger_than_needed(outbox: Outbox) -> None:
    for _ in range(20):
        outbox.put_frame(FRAME)
    assert len(await outbox.get()) <= LARGEST_MESSAGE


async def test_words_go_first_and_are_never_dropped(outbox: Outbox) -> None:
    fill(outbox)
    outbox.put_word("word")
    fill(outbox)
    assert await outbox.get() == "word"


async def test_a_slow_reader_costs_bounded_memory_then_asks_for_a_repaint(outbox: Outbox) -> None:
    fill(outbox)
    assert outbox.is_stale
    assert outbox._waiting == 0
    assert outbox.wants_repaint.is_set(), "nothing is in flight, so a repaint can be drawn at once"
    outbox.start_afresh()
    outbox.put_frame(b"new screen")
    assert await outbox.get() == PRELUDE + b"new screen"


async def test_what_is_in_flight_is_bounded_and_the_repaint_waits_for_it(outbox: Outbox) -> None:
    sent = 0
    for _ in range(MOST_IN_FLIGHT // len(FRAME) + 5):
        outbox.put_frame(FRAME)
        with pytest.raises(TimeoutError) if sent >= MOST_IN_FLIGHT else nullcontext():
            sent += len(await asyncio.wait_for(outbox.get(), 0.01))
    assert sent < MOST_IN_FLIGHT + 2 * LARGEST_MESSAGE
    fill(outbox)
    assert outbox.is_stale
    assert not outbox.wants_repaint.is_set()
    outbox.note_drawn(sent)
    assert outbox.wants_repaint.is_set()


async def test_a_repaint_larger_than_the_limit_passes_whole(outbox: Outbox) -> None:
    outbox.put_frame(b"x" * (4 * MOST_WAITING))
    outbox.put_frame(b"end of update")
    assert not outbox.is_stale


async def test_drawn_cannot_exceed_what_was_sent(outbox: Outbox) -> None:
    outbox.note_drawn(10**12)
    outbox.note_drawn(-5)
    await outbox.get()
    for _ in range(MOST_IN_FLIGHT // LARGEST_MESSAGE + 2):
        outbox.put_frame(b"x" * LARGEST_MESSAGE)
    for _ in range(MOST_IN_FLIGHT // LARGEST_MESSAGE):
        await outbox.get()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(outbox.get(), 0.05)


async def test_closing_waits_for_the_words(outbox: Outbox) -> None:
    outbox.put_word("last")
    outbox.close(4410, "ended")
    outbox.close(4500, "crashed")
    assert await outbox.get() == "last"
    with pytest.raises(Closed) as closed:
        await outbox.get()
    assert (closed.value.code, closed.value.reason) == (4410, "ended")
