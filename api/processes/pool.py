"""Claude Code processes connected ahead of time, for queries that need nothing special."""

import asyncio
import os
import time
import uuid
from collections import Counter, deque
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import structlog

from api.claude.clearing import clear
from api.claude.command import ProcessOptions
from api.claude.process import ClaudeProcess
from api.files.workspace import LOCAL
from api.metrics import Metrics
from api.processes.launcher import ProcessLauncher
from api.processes.limiter import ProcessLimiter
from api.processes.wait_queue import Waiter, WaitQueue
from api.sessions.options import QueryOptions
from api.sessions.trust import Trust
from api.settings import Settings
from api.storage import SessionRow

CLEAR_SECONDS = 3.0
GRACE_SECONDS = 0.1
"""How often it is looked whether those who wait need another worker."""
BUSY_SECONDS = 0.5
"""After so long with always somebody in line, every core may have a worker."""
LONG_WAIT = 2.5
"""Seconds; who would have to wait longer for a busy worker gets a new one."""
AVERAGED = 4
"""How many of the last workers' absences count for what is typical."""
SPARE_SECONDS = 30.0
"""How long a worker above WARM_WORKERS is kept in case of more callers."""

ADJUSTABLE = ("model", "permission_mode", "cwd")
"""Options that a running process takes, and one that is compared otherwise."""
PLAIN = QueryOptions()

log = structlog.get_logger(__name__)


class ProcessPool:
    """Lends connected processes, each to one caller at a time, in a conversation of its own."""

    def __init__(
        self, settings: Settings, starter: ProcessLauncher, slots: ProcessLimiter, trust: Trust, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._trust = trust
        self._starter = starter
        self._slots = slots
        self._folder = settings.workspace_dir.resolve()
        self._cores = os.cpu_count() or 1
        self._idle: deque[tuple[ClaudeProcess, float]] = deque()
        self._line = WaitQueue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting: Counter[bool] = Counter()
        self._clearing = 0
        self._lent: dict[ClaudeProcess, float] = {}
        self._all: set[ClaudeProcess] = set()
        self._typical = LONG_WAIT
        """Seconds that a worker is away, on the average of the last ones."""
        self._is_closing = False

    @property
    def is_on(self) -> bool:
        """Whether there are any; where each person has an account of their own, nobody's can be ready."""
        return self._settings.warm_workers > 0 and self._settings.workspace == "shared"

    @property
    def counts(self) -> dict[str, int]:
        """For the metrics."""
        return {"idle": len(self._idle), "starting": self._starting.total(), "busy": len(self._lent)}

    def open(self) -> None:
        """Starts the first ones, in the background, and looks after them."""
        if self.is_on:
            self._spawn(self._look_after())

    async def close(self) -> None:
        """Ends all of them."""
        self._is_closing = True
        for task in self._tasks:
            task.cancel()
        closing = [cli.close() for cli in self._all]
        await asyncio.gather(*closing, *self._tasks, return_exceptions=True)

    def suits(self, options: QueryOptions, row: SessionRow) -> bool:
        """Whether a worker can do what the options ask for: it was started without knowing them."""
        special = msgspec.structs.replace(options, **dict.fromkeys(ADJUSTABLE), timeout_seconds=PLAIN.timeout_seconds)
        return self.is_on and special == PLAIN and Path(row.cwd) == self._folder

    async def take(self, launch: ProcessOptions) -> ClaudeProcess | None:
        """A process for the first turn of a session, which keeps it for good; None when none is ready that suits.

        Whoever takes it has a slot.
        """
        if not self.is_on or not self._idle or self._idle[-1][0].launch != _as_ready(launch, self._idle[-1][0]):
            return None
        if (cli := self._pick(launch.trusts_folder)) is None:
            return None
        self._all.discard(cli)
        try:
            if launch.model != cli.launch.model:
                await cli.set_model(launch.model)
            await cli.set_permission_mode(launch.permission_mode)
        except Exception as error:  # the SDK raises plain ones; the session starts one of its own then
            log.warning("worker_not_taken", error=str(error))
            cli.close()
            return None
        except BaseException:
            cli.close()
            raise
        return cli

    async def claim(self, user: str, options: QueryOptions) -> ClaudeProcess:
        """A process in an empty conversation; it holds a slot.

        Raises:
            BusyError: too many wait.
            CliFailedError: it did not start.
        """
        self._slots.check_room()
        trusts_folder = await self._trust.check(user, self._folder, self._folder)
        since = time.monotonic()
        await self._slots.acquire()
        try:
            cli = self._pick(trusts_folder) or await self._wait(trusts_folder)
        except BaseException:
            self._slots.release()
            raise
        self._lent[cli] = time.monotonic()
        self._metrics.waited(time.monotonic() - since)
        try:
            await self._adjust(cli, options)
        except BaseException:
            self.give_back(cli, reusable=False)
            raise
        return cli

    def forget(self, cli: ClaudeProcess) -> None:
        """Takes note that a lent process has gone, and its slot with it."""
        self._lent.pop(cli, None)
        self._all.discard(cli)

    def give_back(self, cli: ClaudeProcess, *, reusable: bool) -> asyncio.Task[None]:
        """Takes a process back, with its slot; one that cannot be used again is ended.

        Returns:
            what is over once the process has left its conversation.
        """
        away = time.monotonic() - self._lent.pop(cli, time.monotonic())
        self._typical += (away - self._typical) / AVERAGED
        if reusable and cli.is_running and not self._is_closing:
            return self._spawn(self._clear(cli))
        return self._end(cli)

    def _end(self, cli: ClaudeProcess) -> asyncio.Task[None]:
        self._all.discard(cli)
        closing = cli.close()
        closing.add_done_callback(lambda _: self._slots.release())
        return closing

    async def _adjust(self, cli: ClaudeProcess, options: QueryOptions) -> None:
        settings = self._settings
        if options.model and options.model != settings.claude_model:
            await cli.set_model(options.model)
        if options.permission_mode and options.permission_mode != settings.query_permission_mode:
            await cli.set_permission_mode(options.permission_mode)

    def _pick(self, trusts_folder: bool) -> ClaudeProcess | None:
        # A caller who came later must not overtake those who wait.
        while self._idle and not self._line:
            cli, _ = self._idle.pop()
            if cli.is_running and cli.launch.trusts_folder == trusts_folder:
                return cli
            self._all.discard(cli)
            cli.close()
        return None

    async def _wait(self, trusts_folder: bool) -> ClaudeProcess:
        place = self._line.join(trusts_folder=trusts_folder)
        self._spawn(self._start_for(place))
        try:
            return await place.cli
        except asyncio.CancelledError:
            self._line.leave(place)
            if place.cli.done() and not place.cli.cancelled() and not place.cli.exception():
                self._offer(place.cli.result())
            raise

    async def _start_for(self, place: Waiter) -> None:
        since = time.monotonic()
        while not place.cli.done() and self._may_wait(place, since):
            await asyncio.wait({place.cli}, timeout=GRACE_SECONDS)
        if place.cli.done():
            return
        try:
            self._offer(await self._start(place.trusts_folder))
        except Exception as error:  # a full disk too: whoever waits is told
            log.warning("worker_not_started", error=str(error))
            if not place.cli.done():
                self._line.leave(place)
                place.cli.set_exception(error)

    def _may_wait(self, place: Waiter, since: float) -> bool:
        # A start takes all of a core for half a second: it is worth it only for those who would wait longer, or where
        # callers keep coming and a core is left for one more.
        coming = self._starting[place.trusts_folder] + self._clearing
        if coming >= len(self._line):
            return True
        alive = coming + len(self._lent)
        if alive < self._cores and self._line.seconds > BUSY_SECONDS:
            return False
        soon = alive > 0 and self._typical * self._line.number(place) / alive < LONG_WAIT
        return soon and time.monotonic() - since < LONG_WAIT

    async def _start(self, trusts_folder: bool) -> ClaudeProcess:
        self._starting[trusts_folder] += 1
        try:
            launch = ProcessOptions(
                session_id=str(uuid.uuid4()),
                cwd=self._folder,
                model=self._settings.claude_model,
                permission_mode=self._settings.query_permission_mode,
                trusts_folder=trusts_folder,
                allows_bypass=self._starter.allows_bypass,
            )
            cli = await self._starter.start(launch, owner=LOCAL, reason="worker")
            self._all.add(cli)
            return cli
        finally:
            self._starting[trusts_folder] -= 1

    def _offer(self, cli: ClaudeProcess) -> None:
        if self._line.serve(cli):
            return
        if self._is_closing:
            self._all.discard(cli)
            cli.close()
        else:
            self._idle.append((cli, time.monotonic()))

    async def _clear(self, cli: ClaudeProcess) -> None:
        self._clearing += 1
        try:
            async with asyncio.timeout(CLEAR_SECONDS):
                await clear(cli)
                if cli.is_adjusted:
                    await cli.set_permission_mode(self._settings.query_permission_mode)
                    await cli.set_model(self._settings.claude_model)
                    cli.is_adjusted = False
        except Exception as error:
            log.info("worker_not_cleared", error=str(error))
            await asyncio.wait({self._end(cli)})
            return
        finally:
            self._clearing -= 1
        self._slots.release()
        self._offer(cli)

    async def _look_after(self) -> None:
        while True:
            coming = self._clearing + self._starting.total()
            for _ in range(self._settings.warm_workers - len(self._idle) - len(self._lent) - coming):
                try:
                    trusts = await self._trust.check(LOCAL, self._folder, self._folder)
                    self._offer(await self._start(trusts))
                except Exception as error:  # a database that does not answer, a full disk: the next look tries again
                    log.warning("worker_not_started", error=str(error))
            surplus = len(self._idle) - self._settings.warm_workers
            now = time.monotonic()
            for number, (cli, since) in enumerate(list(self._idle)):
                if not cli.is_running or (number < surplus and now - since > SPARE_SECONDS):
                    self._idle.remove((cli, since))
                    self._all.discard(cli)
                    cli.close()
            await asyncio.sleep(1)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _as_ready(launch: ProcessOptions, cli: ClaudeProcess) -> ProcessOptions:
    """What is wanted, but for what a running process can still take on."""
    ready = cli.launch
    return msgspec.structs.replace(
        launch, session_id=ready.session_id, permission_mode=ready.permission_mode, model=ready.model
    )
