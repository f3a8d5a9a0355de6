"""Holds the Claude Code process of one session and the slot that it occupies."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from api.claude.permissions import AskForPermission
from api.claude.process import ClaudeProcess, OnUpdate
from api.claude.translate import Translator
from api.errors import CliFailedError, SessionNotFoundError
from api.metrics import Metrics
from api.processes.limiter import ProcessLimiter
from runtime.background_tasks import BackgroundTasks


class ProcessUser(Protocol):
    """What runs the session's turns on the process."""

    @property
    def is_busy(self) -> bool:
        """Whether a turn is running or queued."""

    def process_dropped(self) -> None:
        """Called when the process is about to end."""

    async def process_lost(self, process: ClaudeProcess, error: Exception | None) -> None:
        """Called when a process has ended unexpectedly."""

    def became_idle(self) -> None:
        """Called when a process has started that no turn uses."""


class ProcessHandle:
    """Makes sure that the session never has two processes at once, nor a process without a slot."""

    def __init__(
        self,
        *,
        limiter: ProcessLimiter,
        metrics: Metrics,
        tasks: BackgroundTasks,
        translator: Translator,
        ask: AskForPermission,
        start: Callable[[], Awaitable[ClaudeProcess]],
        suits: Callable[[ClaudeProcess], bool],
        reset_mode: Callable[[], None],
    ) -> None:
        """Call `bind` before a process is needed.

        Args:
            ask: answers the permission questions of the process.
            start: starts a process in the session's conversation.
            suits: whether a process runs with the settings in force.
            reset_mode: returns to the stored permission mode when the process has ended.
        """
        self._limiter = limiter
        self._metrics = metrics
        self._tasks = tasks
        self._translator = translator
        self._ask = ask
        self._start = start
        self._suits = suits
        self._reset_mode = reset_mode
        self._taking_slot: asyncio.Task[None] | None = None
        self._slot_waiters = 0
        self._connecting: asyncio.Task[ClaudeProcess] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._uses = 0
        self._is_closed = False
        self.has_slot = False
        self.is_from_pool = False
        """Whether the process belongs to the pool."""
        self.process: ClaudeProcess | None = None
        self.background_tasks = 0
        """How many background tasks of Claude Code are running. They would end with the process."""

    def bind(self, user: ProcessUser, on_update: OnUpdate) -> None:
        """Sets what uses the process and what receives its updates."""
        self._user = user
        self._on_update = on_update

    @property
    def can_start(self) -> bool:
        """Whether a turn could start now, without waiting for a slot."""
        return self.process is not None or self._limiter.has_free_slot

    @property
    def is_in_use(self) -> bool:
        """Whether a process is starting, or is in use outside a turn."""
        return self._uses > 0 or self._is_connecting

    @property
    def is_needed(self) -> bool:
        """Whether the process is needed even when no turn runs."""
        return self.is_from_pool or self.background_tasks > 0 or self.is_in_use

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keeps the process from being ended as idle while the block runs."""
        self._uses += 1
        try:
            yield
        finally:
            self._uses -= 1

    async def take_slot(self) -> None:
        """Waits for a slot, unless the session has one.

        Raises:
            SessionNotFoundError: the session was closed meanwhile.
        """
        while not self.has_slot:  # another waiter may have released the slot again
            await self._wait_for_slot()

    async def _wait_for_slot(self) -> None:
        # A turn and a use outside a turn share one place in the queue, which is given up when neither waits any more.
        if self._taking_slot is None or self._taking_slot.done():
            self._taking_slot = self._tasks.start(self._take(), is_awaited=True)
        self._slot_waiters += 1
        try:
            await asyncio.shield(self._taking_slot)
        except asyncio.CancelledError:
            raise self._unless_cancelled(SessionNotFoundError()) from None
        finally:
            self._slot_waiters -= 1
            if not self._slot_waiters and self._taking_slot and not self._taking_slot.done():
                self._taking_slot.cancel()
                self._taking_slot = None

    def release_slot(self) -> None:
        """Releases the slot, unless a process needs it."""
        if self.has_slot and self.process is None and not self._is_connecting:
            self.has_slot = False
            self._limiter.release()

    def connect(self) -> asyncio.Task[ClaudeProcess]:
        """Starts a process unless there is one. The caller must have taken a slot."""
        before = self._connecting
        if before is None or before.done() or before.cancelling():
            self._connecting = self._tasks.start(self._connect(before), is_awaited=True)
            self._connecting.add_done_callback(self._has_connected)
            return self._connecting
        return before

    async def connected(self) -> ClaudeProcess:
        """Waits for a slot and a process, for use outside a turn.

        Raises:
            SessionNotFoundError: the session was closed meanwhile.
            CliFailedError: the process did not start, or its start was cancelled.
        """
        try:
            await self.take_slot()
            return await asyncio.shield(self.connect())
        except asyncio.CancelledError:
            raise self._unless_cancelled(SessionNotFoundError() if self._is_closed else CliFailedError()) from None
        finally:
            self._release_slot_unless_busy()

    def attach_worker(self, process: ClaudeProcess) -> None:
        """Adopts a worker of the pool with its slot. It is not ended as idle until `detach_worker`."""
        self.has_slot = self.is_from_pool = True
        self._use(process)

    def detach_worker(self, process: ClaudeProcess, release: Callable[[ClaudeProcess], asyncio.Task[None]]) -> bool:
        """Returns a worker with its slot to the pool. No other process starts until it has left the conversation.

        Args:
            release: starts the task in which the process leaves the conversation.

        Returns:
            False if the session does not have the process any more.
        """
        if self.process is not process:
            return False
        self.process = None
        self.has_slot = self.is_from_pool = False
        process.ask = None
        self._closing = release(process)
        return True

    def end_process(self) -> asyncio.Task[None] | None:
        """Ends the process. The next prompt starts another one in the same conversation."""
        return self.drop(self.process) if self.process else None

    def renew(self) -> None:
        """Ends a process that runs with outdated settings, unless it is needed."""
        is_needed = self.is_from_pool or self.background_tasks or self._uses
        if self.process and not is_needed and not self._suits(self.process):
            self.end_process()

    def end_process_and_mode(self) -> None:
        """Ends the process, or cancels its start, and returns to the stored permission mode."""
        if self._connecting and not self._connecting.done():
            self._connecting.cancel()
        self._reset_mode()
        self.end_process()

    def drop(self, process: ClaudeProcess) -> asyncio.Task[None]:
        """Ends this process, which may have ended already. Its slot is released when it has ended."""
        self._closing = closing = process.close()
        if self.process is process:
            self.process = None
            self.is_from_pool = False
            self.background_tasks = 0
            self._reset_mode()
            self._user.process_dropped()
            if self.has_slot:
                self.has_slot = False
                closing.add_done_callback(lambda _: self._limiter.release())
        return closing

    async def kill(self) -> None:
        """Kills the process at once, if there is one."""
        if self.process:
            await self.process.kill()

    async def close(self) -> None:
        """Ends the process, or cancels its start. No process is started afterwards."""
        self._is_closed = True
        for task in (self._taking_slot, self._connecting):
            if task and not task.done():
                task.cancel()
                await asyncio.wait({task})
        self.end_process()
        if self._closing:  # an earlier process may still write the end of its transcript
            await asyncio.wait({self._closing})
        self.release_slot()

    @property
    def _is_connecting(self) -> bool:
        return self._connecting is not None and not self._connecting.done()

    async def _take(self) -> None:
        since = time.monotonic()
        await self._limiter.acquire()
        self.has_slot = True
        self._metrics.waited(time.monotonic() - since)

    async def _connect(self, before: asyncio.Task[ClaudeProcess] | None) -> ClaudeProcess:
        if before and not before.done():
            await asyncio.wait({before})
        if self._is_closed:
            raise SessionNotFoundError
        if self.process:
            return self.process
        if self._closing:
            # Two processes must not write to the same transcript.
            await asyncio.wait({self._closing})
        process = await self._start()
        self._use(process)
        return process

    def _has_connected(self, task: asyncio.Task[ClaudeProcess]) -> None:
        if not task.cancelled():
            task.exception()  # marks it as retrieved: every caller may have disconnected
        # Without a turn, neither the slot nor the process is needed.
        if not self._user.is_busy:
            self.release_slot()
            self._user.became_idle()

    def _release_slot_unless_busy(self) -> None:
        if not self._user.is_busy:
            self.release_slot()

    def _unless_cancelled(self, error: Exception) -> BaseException:
        """The error to raise when a shared task was cancelled: CancelledError if the caller itself was cancelled."""
        task = asyncio.current_task()
        return asyncio.CancelledError() if task and task.cancelling() else error

    def _use(self, process: ClaudeProcess) -> None:
        self.process = process
        process.ask = self._ask
        process.listen(self._translator, self._on_update, self._user.process_lost)
