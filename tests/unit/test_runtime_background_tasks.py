"""Background tasks run to their end, report their failures, and are over when their owner's block is left."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from runtime.background_tasks import BackgroundTasks, delay_cancellation


class Failures:
    """Collects what is reported."""

    def __init__(self) -> None:
        self.reported: list[tuple[str, str]] = []

    def report(self, name: str, error: BaseException) -> None:
        self.reported.append((name, str(error)))


async def broken() -> None:
    raise ValueError("broken")


async def answer_after(event: asyncio.Event) -> int:
    await event.wait()
    return 42


async def test_leaving_waits_for_work_and_for_what_the_work_starts() -> None:
    done: list[str] = []

    async def second() -> None:
        await asyncio.sleep(0)
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        tasks.start(second())
        done.append("first")

    async with BackgroundTasks() as tasks:
        tasks.start(first())
        assert len(tasks) == 1
    assert done == ["first", "second"]
    assert len(tasks) == 0


async def test_leaving_cancels_endless_work() -> None:
    async with BackgroundTasks() as tasks:
        endless = tasks.start_forever(asyncio.sleep(3600))
        await tasks.wait()  # does not count it
        assert not endless.done()
    assert endless.cancelled()


async def test_leaving_cancels_work_after_the_grace_period() -> None:
    is_cleaned_up = False

    async def slow() -> None:
        nonlocal is_cleaned_up
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            is_cleaned_up = True

    async with BackgroundTasks(grace_seconds=0.01) as tasks:
        task = tasks.start(slow())
    assert task.cancelled()
    assert is_cleaned_up


async def test_cancelling_the_owner_while_it_leaves_cancels_the_work() -> None:
    started: list[asyncio.Task[None]] = []

    async def own() -> None:
        async with BackgroundTasks() as tasks:
            started.append(tasks.start(asyncio.sleep(3600)))

    owner = asyncio.create_task(own())
    while not started:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    owner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await owner
    assert started[0].cancelled()


async def test_an_error_of_the_block_cancels_no_work() -> None:
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, event.set)
    started: list[asyncio.Task[int]] = []

    async def own() -> None:
        async with BackgroundTasks() as tasks:
            started.append(tasks.start(answer_after(event)))
            raise KeyError

    with pytest.raises(KeyError):
        await own()
    assert started[0].result() == 42


async def test_a_failure_is_reported_and_leaves_the_others_running() -> None:
    failures, event = Failures(), asyncio.Event()
    async with BackgroundTasks(report_failure=failures.report) as tasks:
        other = tasks.start(answer_after(event))
        tasks.start(broken())
        tasks.start_forever(broken())
        while len(failures.reported) < 2:
            await asyncio.sleep(0)
        event.set()
        await tasks.wait()
    assert failures.reported == [("broken", "broken")] * 2
    assert other.result() == 42


async def test_a_failure_that_is_awaited_is_not_reported() -> None:
    failures = Failures()
    async with BackgroundTasks(report_failure=failures.report) as tasks:
        task = tasks.start(broken(), is_awaited=True)
        with pytest.raises(ValueError, match="broken"):
            await task
        with pytest.raises(ValueError, match="broken"):
            await tasks.run_to_completion(broken())
    assert failures.reported == []


async def test_work_continues_when_its_caller_is_cancelled_and_then_its_failure_is_reported() -> None:
    failures, event = Failures(), asyncio.Event()

    async def fail_late() -> None:
        await event.wait()
        await broken()

    async with BackgroundTasks(report_failure=failures.report) as tasks:
        caller = asyncio.create_task(tasks.run_to_completion(fail_late()))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert len(tasks) == 1
        event.set()
    assert [text for _, text in failures.reported] == ["broken"]


async def test_the_caller_gets_the_result() -> None:
    event = asyncio.Event()
    event.set()
    async with BackgroundTasks() as tasks:
        assert await tasks.run_to_completion(answer_after(event)) == 42
        assert await tasks.start(answer_after(event), is_awaited=True) == 42


async def test_nothing_starts_outside_the_block() -> None:
    tasks = BackgroundTasks()
    with pytest.raises(RuntimeError):
        tasks.start(asyncio.sleep(0))
    async with tasks:
        pass
    with pytest.raises(RuntimeError):
        tasks.start(asyncio.sleep(0))
    assert len(tasks) == 0


async def cancelled_during(work: Callable[[asyncio.Event], Awaitable[object]]) -> asyncio.Task[object]:
    """A caller that awaits the work and is cancelled twice before the work's event is set."""
    event = asyncio.Event()

    async def call() -> object:
        return await work(event)

    caller = asyncio.create_task(call())
    for _ in range(2):
        await asyncio.sleep(0)
        caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    event.set()
    await asyncio.wait({caller})
    return caller


async def test_a_delayed_cancellation_takes_effect_when_the_work_is_over() -> None:
    finished: list[int] = []

    async def finish(event: asyncio.Event) -> None:
        finished.append(await answer_after(event))

    async def fail(event: asyncio.Event) -> None:
        await answer_after(event)
        await broken()

    assert (await cancelled_during(lambda event: delay_cancellation(finish(event)))).cancelled()
    assert finished == [42]
    assert (await cancelled_during(lambda event: delay_cancellation(fail(event)))).cancelled()


async def test_without_a_cancellation_there_is_nothing_to_delay() -> None:
    event = asyncio.Event()
    event.set()
    assert await delay_cancellation(answer_after(event)) == 42
    with pytest.raises(ValueError, match="broken"):
        await delay_cancellation(broken())


def test_the_block_may_be_left_by_another_task_than_entered_it() -> None:
    async def run() -> int:
        event = asyncio.Event()
        tasks = BackgroundTasks()
        await asyncio.create_task(tasks.__aenter__())
        task = tasks.start(answer_after(event))
        event.set()
        await asyncio.create_task(tasks.__aexit__(None, None, None))
        return task.result()

    assert asyncio.run(run()) == 42
