"""Keeps Claude Code processes connected ahead of time, for queries without special options."""

import asyncio
import os
import time
import uuid
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import structlog

from api.claude.command import ProcessOptions
from api.claude.process import ClaudeProcess
from api.files.workspace import LOCAL
from api.metrics import Metrics
from api.processes.launcher import ProcessLauncher
from api.processes.limiter import ProcessLimiter
from api.processes.wait_queue import Waiter, WaitQueue
from api.schema.sessions import PermissionMode
from api.settings import Settings
from runtime.background_tasks import BackgroundTasks

CLEAR_SECONDS = 3.0
GRACE_SECONDS = 0.1
"""How often it is checked whether the waiting callers need another worker."""
BUSY_SECONDS = 0.5
"""Once callers have waited without a break for so long, there may be a worker for each core."""
LONG_WAIT_SECONDS = 2.5
"""A caller that would have to wait longer than these seconds for a busy worker gets a new one."""
AVERAGED_USES = 4
"""About how many of the last uses the average duration covers."""
SPARE_SECONDS = 30.0
"""How long an idle worker above WARM_WORKERS is kept."""

IsTrusted = Callable[[str, Path, Path], Awaitable[bool]]
"""Whether a user trusts a folder of a workspace."""

log = structlog.get_logger(__name__)


class ProcessPool:
    """Connected processes, called workers. Each serves one caller at a time, in an empty conversation."""

    def __init__(
        self,
        settings: Settings,
        *,
        launcher: ProcessLauncher,
        limiter: ProcessLimiter,
        metrics: Metrics,
        tasks: BackgroundTasks,
        is_trusted: IsTrusted,
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._tasks = tasks
        self._is_trusted = is_trusted
        self._launcher = launcher
        self._limiter = limiter
        self._folder = settings.workspace_dir.resolve()
        self._cores = os.cpu_count() or 1
        self._idle: deque[tuple[ClaudeProcess, float]] = deque()
        self._queue = WaitQueue()
        self._running: set[asyncio.Task[None]] = set()
        self._starting: Counter[bool] = Counter()
        self._clearing = 0
        self._acquired: dict[ClaudeProcess, float] = {}
        self._all: set[ClaudeProcess] = set()
        self._average_use = LONG_WAIT_SECONDS
        """The average duration of the last uses, in seconds."""
        self._is_closing = False

    @property
    def is_on(self) -> bool:
        """Whether there are workers. There are none if each person has a system user."""
        return self._settings.warm_workers > 0 and self._settings.workspace == "shared"

    @property
    def counts(self) -> dict[str, int]:
        """How many workers are in each state, for the metrics."""
        return {"idle": len(self._idle), "starting": self._starting.total(), "busy": len(self._acquired)}

    def open(self) -> None:
        """Starts the first workers in the background, and replaces those that end."""
        if self.is_on:
            self._spawn(self._maintain())

    async def close(self) -> None:
        """Ends all workers."""
        self._is_closing = True
        for task in self._running:
            task.cancel()
        closing = [process.close() for process in self._all]
        await asyncio.gather(*closing, *self._running, return_exceptions=True)

    def serves(self, folder: Path) -> bool:
        """Whether workers work in this folder."""
        return self.is_on and folder == self._folder

    async def take_idle(self, options: ProcessOptions) -> ClaudeProcess | None:
        """Removes an idle worker from the pool, for the first turn of a session; None if none suits the options.

        The caller must have a slot.
        """
        if not self.is_on or not self._idle or self._idle[-1][0].options != _as_started(options, self._idle[-1][0]):
            return None
        if (process := self._pick(options.trusts_folder)) is None:
            return None
        self._all.discard(process)
        try:
            if options.model != process.options.model:
                await process.set_model(options.model)
            await process.set_permission_mode(options.permission_mode)
        except Exception as error:  # the SDK also raises bare exceptions; the session then starts a process
            log.warning("worker_not_taken", error=str(error))
            process.close()
            return None
        except BaseException:
            process.close()
            raise
        return process

    async def acquire(self, user: str, *, model: str | None, permission_mode: PermissionMode | None) -> ClaudeProcess:
        """Provides a worker in an empty conversation, with its slot. Call `release` or `discard` afterwards.

        Raises:
            BusyError: too many callers wait.
            CliFailedError: it did not start.
        """
        self._limiter.check_not_full()
        trusts_folder = await self._is_trusted(user, self._folder, self._folder)
        since = time.monotonic()
        await self._limiter.acquire()
        try:
            process = self._pick(trusts_folder) or await self._wait(trusts_folder)
        except BaseException:
            self._limiter.release()
            raise
        self._acquired[process] = time.monotonic()
        self._metrics.waited(time.monotonic() - since)
        try:
            await self._adjust(process, model, permission_mode)
        except BaseException:
            self.release(process, is_reusable=False)
            raise
        return process

    def discard(self, process: ClaudeProcess) -> None:
        """Forgets an acquired worker that has ended. Its slot is released already."""
        self._acquired.pop(process, None)
        self._all.discard(process)

    def release(self, process: ClaudeProcess, *, is_reusable: bool) -> asyncio.Task[None]:
        """Returns a worker and its slot to the pool; ends the worker if it cannot be used again.

        Returns:
            a task that is done once the worker has left its conversation.
        """
        used = time.monotonic() - self._acquired.pop(process, time.monotonic())
        self._average_use += (used - self._average_use) / AVERAGED_USES
        if is_reusable and process.is_running and not self._is_closing:
            return self._spawn(self._clear(process))
        return self._end(process)

    def _end(self, process: ClaudeProcess) -> asyncio.Task[None]:
        self._all.discard(process)
        closing = process.close()
        closing.add_done_callback(lambda _: self._limiter.release())
        return closing

    async def _adjust(self, process: ClaudeProcess, model: str | None, permission_mode: PermissionMode | None) -> None:
        if model and model != self._settings.claude_model:
            await process.set_model(model)
        if permission_mode and permission_mode != self._settings.query_permission_mode:
            await process.set_permission_mode(permission_mode)

    def _pick(self, trusts_folder: bool) -> ClaudeProcess | None:
        # A new caller must not overtake those that wait.
        while self._idle and not self._queue:
            process, _ = self._idle.pop()
            if process.is_running and process.options.trusts_folder == trusts_folder:
                return process
            self._all.discard(process)
            process.close()
        return None

    async def _wait(self, trusts_folder: bool) -> ClaudeProcess:
        waiter = self._queue.add(trusts_folder=trusts_folder)
        self._spawn(self._start_for(waiter))
        try:
            return await waiter.process
        except asyncio.CancelledError:
            self._queue.remove(waiter)
            if waiter.process.done() and not waiter.process.cancelled() and not waiter.process.exception():
                self._offer(waiter.process.result())
            raise

    async def _start_for(self, waiter: Waiter) -> None:
        since = time.monotonic()
        while not waiter.process.done() and self._may_wait(waiter, since):
            await asyncio.wait({waiter.process}, timeout=GRACE_SECONDS)
        if waiter.process.done():
            return
        try:
            self._offer(await self._start(waiter.trusts_folder))
        except Exception as error:  # also a full disk: the waiting caller gets the error
            log.warning("worker_not_started", error=str(error))
            if not waiter.process.done():
                self._queue.remove(waiter)
                waiter.process.set_exception(error)

    def _may_wait(self, waiter: Waiter, since: float) -> bool:
        # A start keeps one core busy for half a second. That is worthwhile only if the caller would wait longer, or if
        # callers keep coming and a core is free.
        coming = self._starting[waiter.trusts_folder] + self._clearing
        if coming >= len(self._queue):
            return True
        alive = coming + len(self._acquired)
        if alive < self._cores and self._queue.seconds > BUSY_SECONDS:
            return False
        soon = alive > 0 and self._average_use * self._queue.position(waiter) / alive < LONG_WAIT_SECONDS
        return soon and time.monotonic() - since < LONG_WAIT_SECONDS

    async def _start(self, trusts_folder: bool) -> ClaudeProcess:
        self._starting[trusts_folder] += 1
        try:
            options = ProcessOptions(
                session_id=str(uuid.uuid4()),
                cwd=self._folder,
                model=self._settings.claude_model,
                permission_mode=self._settings.query_permission_mode,
                trusts_folder=trusts_folder,
                allows_bypass=self._launcher.allows_bypass,
            )
            process = await self._launcher.start(options, owner=LOCAL, reason="worker")
            self._all.add(process)
            return process
        finally:
            self._starting[trusts_folder] -= 1

    def _offer(self, process: ClaudeProcess) -> None:
        if self._queue.serve(process):
            return
        if self._is_closing:
            self._all.discard(process)
            process.close()
        else:
            self._idle.append((process, time.monotonic()))

    async def _clear(self, process: ClaudeProcess) -> None:
        self._clearing += 1
        try:
            async with asyncio.timeout(CLEAR_SECONDS):
                await process.clear()
                if process.is_adjusted:
                    await process.set_permission_mode(self._settings.query_permission_mode)
                    await process.set_model(self._settings.claude_model)
                    process.is_adjusted = False
        except Exception as error:
            log.info("worker_not_cleared", error=str(error))
            await asyncio.wait({self._end(process)})
            return
        finally:
            self._clearing -= 1
        self._limiter.release()
        self._offer(process)

    async def _maintain(self) -> None:
        while True:
            coming = self._clearing + self._starting.total()
            for _ in range(self._settings.warm_workers - len(self._idle) - len(self._acquired) - coming):
                try:
                    trusts_folder = await self._is_trusted(LOCAL, self._folder, self._folder)
                    self._offer(await self._start(trusts_folder))
                except Exception as error:  # an unavailable database, a full disk: tried again after a second
                    log.warning("worker_not_started", error=str(error))
            surplus = len(self._idle) - self._settings.warm_workers
            now = time.monotonic()
            for number, (process, since) in enumerate(list(self._idle)):
                if not process.is_running or (number < surplus and now - since > SPARE_SECONDS):
                    self._idle.remove((process, since))
                    self._all.discard(process)
                    process.close()
            await asyncio.sleep(1)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks.start(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


def _as_started(options: ProcessOptions, process: ClaudeProcess) -> ProcessOptions:
    """The options, with those that a running process can change replaced by what it was started with."""
    started = process.options
    return msgspec.structs.replace(
        options, session_id=started.session_id, permission_mode=started.permission_mode, model=started.model
    )
