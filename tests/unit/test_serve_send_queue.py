import asyncio
from contextlib import nullcontext

import pytest

from tui.serve.close_code import CloseCode
from tui.serve.send_queue import (
    MAX_MERGED_BYTES,
    MAX_MESSAGE_CHARS,
    MAX_MESSAGES,
    MAX_QUEUED_BYTES,
    MAX_UNDRAWN_BYTES,
    TERMINAL_SETUP,
    ConnectionClosedError,
    SendQueue,
)

FRAME = b"f" * 10_000


@pytest.fixture
def queue() -> SendQueue:
    box = SendQueue()
    box.begin_repaint()
    return box


def fill(queue: SendQueue) -> None:
    """Puts frames until the queue drops them."""
    for _ in range(2 * MAX_QUEUED_BYTES // len(FRAME)):
        queue.put_frame(FRAME)


async def test_sends_nothing_before_the_first_repaint() -> None:
    queue = SendQueue()
    queue.put_frame(b"half a screen")
    queue.begin_repaint()
    queue.put_frame(b"whole screen")
    assert await queue.get() == TERMINAL_SETUP + b"whole screen"


async def test_merges_small_frames_in_order(queue: SendQueue) -> None:
    for number in range(20):
        queue.put_frame(b"%d," % number)
    assert await queue.get() == TERMINAL_SETUP + b"".join(b"%d," % number for number in range(20))


async def test_merged_frames_stay_below_the_limit(queue: SendQueue) -> None:
    for _ in range(20):
        queue.put_frame(FRAME)
    assert len(await queue.get()) <= MAX_MERGED_BYTES


async def test_messages_go_before_frames_and_are_never_dropped(queue: SendQueue) -> None:
    fill(queue)
    queue.put_message("message")
    fill(queue)
    assert await queue.get() == "message"


async def test_a_message_replaces_a_waiting_one_of_the_same_kind(queue: SendQueue) -> None:
    queue.put_message("first")
    for number in range(100 * MAX_MESSAGES):
        queue.put_message(f"pong {number}", replaces="pong")
        queue.put_message(f"draft {number}", replaces="draft")
    assert [await queue.get() for _ in range(3)] == [
        "first",
        f"pong {number}",
        f"draft {number}",
    ]
    assert isinstance(await queue.get(), bytes)


@pytest.mark.parametrize(("message", "times"), [("w", MAX_MESSAGES + 1), ("w" * (MAX_MESSAGE_CHARS // 4), 5)])
async def test_a_browser_that_reads_no_messages_is_disconnected(queue: SendQueue, message: str, times: int) -> None:
    for _ in range(times):
        queue.put_message(message)
    with pytest.raises(ConnectionClosedError) as ending:
        await queue.get()
    assert (ending.value.code, ending.value.reason) == (4408, "silent")


async def test_a_single_large_message_is_sent(queue: SendQueue) -> None:
    queue.put_message("w" * (2 * MAX_MESSAGE_CHARS))
    assert len(await queue.get()) == 2 * MAX_MESSAGE_CHARS


async def test_closing_does_not_wait_for_a_browser_that_does_not_read(queue: SendQueue) -> None:
    queue.put_message("never read")
    queue.close(CloseCode.TAKEN_OVER)
    with pytest.raises(ConnectionClosedError, match="taken_over"):
        await queue.wait_closed(0.01)


async def test_a_slow_browser_costs_bounded_memory_and_gets_a_repaint(queue: SendQueue) -> None:
    fill(queue)
    assert queue._is_stale
    assert queue._queued_bytes == 0
    assert queue.repaint_wanted.is_set(), "nothing is in flight, so a repaint can be drawn at once"
    queue.begin_repaint()
    queue.put_frame(b"new screen")
    assert await queue.get() == TERMINAL_SETUP + b"new screen"


async def test_undrawn_bytes_are_bounded_and_delay_the_repaint(queue: SendQueue) -> None:
    sent = 0
    for _ in range(MAX_UNDRAWN_BYTES // len(FRAME) + 5):
        queue.put_frame(FRAME)
        with pytest.raises(TimeoutError) if sent >= MAX_UNDRAWN_BYTES else nullcontext():
            sent += len(await asyncio.wait_for(queue.get(), 0.01))
    assert sent < MAX_UNDRAWN_BYTES + 2 * MAX_MERGED_BYTES
    fill(queue)
    assert queue._is_stale
    assert not queue.repaint_wanted.is_set()
    queue.acknowledge(sent)
    assert queue.repaint_wanted.is_set()


async def test_a_repaint_larger_than_the_limit_is_sent_complete(queue: SendQueue) -> None:
    queue.put_frame(b"x" * (4 * MAX_QUEUED_BYTES))
    queue.put_frame(b"end of update")
    assert not queue._is_stale


async def test_a_browser_cannot_acknowledge_more_than_was_sent(queue: SendQueue) -> None:
    queue.acknowledge(10**12)
    queue.acknowledge(-5)
    await queue.get()
    for _ in range(MAX_UNDRAWN_BYTES // MAX_MERGED_BYTES + 2):
        queue.put_frame(b"x" * MAX_MERGED_BYTES)
    for _ in range(MAX_UNDRAWN_BYTES // MAX_MERGED_BYTES):
        await queue.get()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.get(), 0.05)


async def test_closing_sends_the_waiting_messages_first(queue: SendQueue) -> None:
    queue.put_message("last")
    queue.close(CloseCode.ENDED)
    queue.close(CloseCode.CRASHED)
    assert await queue.get() == "last"
    with pytest.raises(ConnectionClosedError) as closed:
        await queue.get()
    assert (closed.value.code, closed.value.reason) == (4410, "ended")
