import asyncio
from contextlib import nullcontext

import pytest

from tui.serve.outbox import (
    DEAF,
    LARGEST_MESSAGE,
    MOST_IN_FLIGHT,
    MOST_OF_WORDS,
    MOST_WAITING,
    MOST_WORDS,
    PRELUDE,
    Closed,
    Outbox,
)

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


async def test_of_words_that_replace_each_other_the_newest_waits(outbox: Outbox) -> None:
    outbox.put_word("first")
    for number in range(100 * MOST_WORDS):
        outbox.put_word(f"pong {number}", instead_of="pong")
        outbox.put_word(f"draft {number}", instead_of="draft")
    assert [await outbox.get() for _ in range(3)] == [
        "first",
        f"pong {number}",
        f"draft {number}",
    ]
    assert isinstance(await outbox.get(), bytes)


@pytest.mark.parametrize(("word", "times"), [("w", MOST_WORDS + 1), ("w" * (MOST_OF_WORDS // 4), 5)])
async def test_who_hears_no_word_of_very_many_is_given_up(outbox: Outbox, word: str, times: int) -> None:
    for _ in range(times):
        outbox.put_word(word)
    with pytest.raises(Closed) as ending:
        await outbox.get()
    assert (ending.value.code, ending.value.reason) == (DEAF, "silent")


async def test_one_large_word_is_heard(outbox: Outbox) -> None:
    outbox.put_word("w" * (2 * MOST_OF_WORDS))
    assert len(await outbox.get()) == 2 * MOST_OF_WORDS


async def test_an_ending_does_not_wait_for_a_reader(outbox: Outbox) -> None:
    outbox.put_word("never heard")
    outbox.close(4409, "taken_over")
    with pytest.raises(Closed, match="taken_over"):
        await outbox.closed(0.01)


async def test_a_slow_reader_costs_bounded_memory_then_asks_for_a_repaint(outbox: Outbox) -> None:
    fill(outbox)
    assert outbox._stale
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
    assert outbox._stale
    assert not outbox.wants_repaint.is_set()
    outbox.note_drawn(sent)
    assert outbox.wants_repaint.is_set()


async def test_a_repaint_larger_than_the_limit_passes_whole(outbox: Outbox) -> None:
    outbox.put_frame(b"x" * (4 * MOST_WAITING))
    outbox.put_frame(b"end of update")
    assert not outbox._stale


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
