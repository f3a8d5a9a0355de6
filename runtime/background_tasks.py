"""Owns the background tasks of a process: starts them, logs their failures, ends them when the process ends."""

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

ResultT = TypeVar("ResultT")
ReportFailure = Callable[[str, BaseException], None]
"""Called with the name of the coroutine that failed and its exception."""

log = structlog.get_logger(__name__)


def log_failure(name: str, error: BaseException) -> None:
    """Logs the failure of a background task with its traceback."""
    log.error("background_task_failed", task=name, exc_info=error)


class BackgroundTasks:
    """The background tasks of one process, usable inside its `async with` block.

    A task that fails leaves the others running. Leaving the block cancels the tasks started with `start_forever`,
    waits for the rest, and cancels those that are still running after `grace_seconds`.
    """

    def __init__(self, *, grace_seconds: float | None = None, report_failure: ReportFailure = log_failure) -> None:
        """
        Args:
            grace_seconds: how long tasks may still run when the block is left; without limit if None.
            report_failure: called with the failure of a task that no caller awaits.
        """
        self._grace_seconds = grace_seconds
        self._report_failure = report_failure
        self._group = asyncio.TaskGroup()
        self._finite: set[asyncio.Task[Any]] = set()
        self._endless: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        """How many tasks are running, those of `start_forever` not counted."""
        return len(self._finite)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._endless:
            task.cancel()
        try:
            async with asyncio.timeout(self._grace_seconds):
                await self._group.__aexit__(None, None, None)  # an error of the block must not cancel the tasks
        except TimeoutError:
            pass  # the group has cancelled them

    def start(self, work: Coroutine[Any, Any, ResultT], *, is_awaited: bool = False) -> asyncio.Task[ResultT]:
        """Starts work that runs to its end even if the caller is cancelled; leaving the block waits for it.

        Args:
            is_awaited: whether the caller awaits the task and so receives its failure, which is then not reported.

        Raises:
            RuntimeError: the block has not been entered, or has been left.
        """
        return self._start(work, self._finite, reports_failure=not is_awaited)

    def start_forever(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Starts work without an end, such as a periodic check; leaving the block cancels it.

        Raises:
            RuntimeError: the block has not been entered, or has been left.
        """
        return self._start(work, self._endless, reports_failure=True)

    async def run_to_completion(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Runs the work and returns its result; if the caller is cancelled, the work continues in the background.

        A failure is raised to the caller, or reported if the caller was cancelled before.

        Raises:
            RuntimeError: the block has not been entered, or has been left.
        """
        task = self.start(work, is_awaited=True)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.done():
                task.add_done_callback(self._report)
            raise

    async def wait(self) -> None:
        """Waits until no task is running, those of `start_forever` not counted; none fails or cancels the caller."""
        while self._finite:
            await asyncio.wait(self._finite)

    def _start(
        self, work: Coroutine[Any, Any, ResultT], tasks: set[asyncio.Task[Any]], *, reports_failure: bool
    ) -> asyncio.Task[ResultT]:
        task = asyncio.get_running_loop().create_task(work, name=_name_of(work))
        supervision = _supervise(task)
        try:
            # The group cancels everything when one of its tasks fails, so it holds supervisors, which never do.
            supervisor = self._group.create_task(supervision)
        except RuntimeError:
            supervision.close()
            task.cancel()
            raise
        supervisor.add_done_callback(lambda _: task.cancel())  # it may be cancelled before its first step
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        if reports_failure:
            task.add_done_callback(self._report)
        return task

    def _report(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._report_failure(task.get_name(), error)


async def delay_cancellation(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Runs the work and returns its result; a cancellation of the caller takes effect only when the work is over.

    For work that uses something the caller releases afterwards, such as a lock or an open file.
    """
    task = asyncio.get_running_loop().create_task(work, name=_name_of(work))
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        if not task.cancelled():
            task.exception()  # the cancellation is raised instead
        raise cancellation
    return task.result()


async def _supervise(task: asyncio.Task[Any]) -> None:
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        raise


def _name_of(work: Coroutine[Any, Any, Any]) -> str:
    return str(getattr(work, "__qualname__", work))
