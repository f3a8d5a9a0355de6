"""Runs the turns of one session, one after the other."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from api.claude.process import ClaudeProcess
from api.claude.result import ReportedResult
from api.errors import SessionBusyError, TurnNotFoundError, TurnStartedError
from api.events.publisher import EventPublisher
from api.processes.handle import ProcessHandle
from api.schema import TurnQueued
from api.turns.executor import TurnExecutor
from api.turns.queue import TurnQueue
from api.turns.recorder import TurnRecorder
from api.turns.result import CLI_FAILED, LOST, TurnResult, failed, from_report
from api.turns.turn import Turn
from runtime.background_tasks import BackgroundTasks
from runtime.tracing import span

INTERRUPT_SECONDS = 1.5
"""How long Claude Code may take to stop. Then it is killed, and the next prompt resumes the conversation."""

log = structlog.get_logger(__name__)


class TurnRunner:
    """Takes turns from the queue and runs them. Also ends the autonomous turns that Claude Code begins."""

    def __init__(
        self,
        session_id: str,
        *,
        queue: TurnQueue,
        handle: ProcessHandle,
        executor: TurnExecutor,
        recorder: TurnRecorder,
        publisher: EventPublisher,
        tasks: BackgroundTasks,
        is_draining: Callable[[], bool],
        cancel_requests: Callable[[], None],
        on_idle: Callable[[], None],
    ) -> None:
        """
        Args:
            is_draining: whether the server is stopping, so that no turn may begin.
            cancel_requests: closes the open requests to a person.
            on_idle: called when nothing is left to do, or the process has ended.
        """
        self._session_id = session_id
        self._queue = queue
        self._handle = handle
        self._executor = executor
        self._recorder = recorder
        self._publisher = publisher
        self._tasks = tasks
        self._is_draining = is_draining
        self._cancel_requests = cancel_requests
        self._on_idle = on_idle
        self._loop_task: asyncio.Task[None] | None = None
        self._no_autonomous_turn = asyncio.Event()
        """Set unless an autonomous turn is running."""
        self._no_autonomous_turn.set()
        self._not_paused = asyncio.Event()
        self._not_paused.set()
        self._beginning: Turn | None = None
        """The turn whose start is being stored. It has left the queue, but does not run yet."""
        self._autonomous_end: asyncio.Task[None] | None = None
        """Waits for the end of an autonomous turn."""
        self.current: Turn | None = None
        """The running turn."""
        self.idle_since = time.monotonic()
        """When the session last had something to do."""

    @property
    def active(self) -> Turn | None:
        """The turn that is running or just beginning."""
        return self.current or self._beginning

    @property
    def first(self) -> Turn | None:
        """The active turn, or the next one."""
        return self.active or self._queue.first

    @property
    def runs_prompt(self) -> bool:
        """Whether the active or next turn is a prompt, so that a request to a person belongs to a turn."""
        return self.first is not None and self.first.kind == "prompt"

    @property
    def is_busy(self) -> bool:
        """Whether a turn is running or queued."""
        return self.active is not None or self._loop_task is not None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is running here, with or without a process. Turns may be queued while the server stops."""
        return not (self.is_busy or self._handle.is_needed)

    @property
    def has_idle_process(self) -> bool:
        """Whether there is a process that is not needed at present."""
        return self._handle.process is not None and self.is_idle

    @property
    def is_paused(self) -> bool:
        """Whether no turn may begin at present."""
        return not self._not_paused.is_set()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Prevents turns from beginning while the block runs."""
        self._not_paused.clear()
        try:
            yield
        finally:
            self._not_paused.set()

    def check_not_busy(self) -> None:
        """Checks that no turn is running or queued.

        Raises:
            SessionBusyError: one is, or the session is being rewound.
        """
        if self.is_busy or self.is_paused:
            raise SessionBusyError

    def enqueue(self, turn: Turn) -> int:
        """Queues a stored turn and publishes that it waits, if it does. Returns how many turns run before it."""
        position = len(self._queue) + (1 if self.active else 0)
        self._queue.append(turn)
        if self._loop_task is None:
            self._loop_task = self._tasks.start(self._run_queued_turns())
        if position or not self._handle.can_start:
            self._publisher.publish(TurnQueued(prompt=turn.prompt, attachments=turn.attachments, turn_id=turn.id))
        self._publisher.publish_state()
        return position

    async def withdraw(self, turn_id: str, result: TurnResult) -> None:
        """Removes a queued turn, which then has this result.

        Raises:
            TurnStartedError: it is running.
            TurnNotFoundError: it is not queued.
        """
        if self.active and self.active.id == turn_id:
            raise TurnStartedError
        turn = self._queue.remove(turn_id)
        if self._loop_task and not (self._queue or self.active):  # no turn is left that it could run
            self._loop_task.cancel()
            self._loop_task = None
        await self._queue.withdraw(turn, result)

    async def interrupt(self, turn: Turn, result: TurnResult) -> None:
        """Stops a turn within two seconds, or removes it from the queue. Does nothing if it is over.

        Runs to the end even if the caller disconnects: a process that does not stop is killed.
        """
        await self._tasks.run_to_completion(self.stop(turn, result))

    async def stop(self, turn: Turn, result: TurnResult) -> None:
        """Does what `interrupt` does, but stops if the caller is cancelled."""
        is_waiting = not self.active and (self._loop_task is None or self.is_paused or not self._handle.has_slot)
        if turn is self.first and not is_waiting:
            await self._stop_first(result)
            if self.current and self.current.stopped:
                self._cancel_requests()
        elif not turn.is_over:
            with suppress(TurnNotFoundError):
                await self.withdraw(turn.id, result)

    async def _stop_first(self, result: TurnResult) -> None:
        turn = self.first
        if turn is None or turn.ended.done():
            return
        turn.stopped, is_repeated = result, turn.stopped is not None
        process = self._handle.process
        if turn is not self.current or not turn.was_sent or process is None:
            turn.set_result(result)
            return
        if not is_repeated:
            with suppress(Exception):  # a process that has ended, hangs or fails is killed
                async with asyncio.timeout(INTERRUPT_SECONDS):
                    await process.interrupt()
                    await asyncio.shield(turn.ended)
        if not turn.ended.done():
            reason = "interrupted twice" if is_repeated else "did not stop"
            log.warning("cli_killed", reason=reason, session=self._session_id)
            self._handle.drop(process)  # before anything else: the next turn must not begin on it
            turn.set_result(result)
            await process.kill()

    async def close(self, result: TurnResult) -> None:
        """Ends the running turn with this result, and the process. Queued turns stay stored."""
        self._queue.close(result)
        await self._stop_first(result)
        if loop_task := self._loop_task:
            with suppress(asyncio.CancelledError):
                await asyncio.wait({loop_task}, timeout=INTERRUPT_SECONDS)
                loop_task.cancel()
        await self._handle.close()
        if self._autonomous_end:
            await asyncio.wait({self._autonomous_end}, timeout=INTERRUPT_SECONDS)

    async def _run_queued_turns(self) -> None:
        try:
            while self._queue and not self._is_draining():
                await self._not_paused.wait()
                await self._no_autonomous_turn.wait()
                self._handle.renew()
                await self._handle.take_slot()
                if not self._no_autonomous_turn.is_set():
                    continue
                # The turn may have been withdrawn during the wait.
                if self._queue and not self._is_draining():
                    await self._run(self._queue.pop())
        finally:
            # Otherwise it was cancelled, and another one may have started.
            if self._loop_task is asyncio.current_task():
                self._loop_task = None
            if self._loop_task is None:
                self._handle.release_slot()
                self.became_idle()

    async def _run(self, turn: Turn) -> None:
        try:
            self._beginning = turn
            if not await self._recorder.begin(turn):
                return
            self.current, self._beginning = turn, None
            await self._recorder.finish(turn, await self._execute(turn))
        except Exception:  # callers that wait for the end of the turn must get one
            log.exception("turn_lost", session=self._session_id, turn=turn.id)
        finally:
            self.current = self._beginning = None
            turn.mark_finished(turn.stopped or LOST)

    async def _execute(self, turn: Turn) -> TurnResult:
        try:
            with span("turn", session=self._session_id, turn=turn.id):
                return await self._executor.execute(turn)
        except Exception:
            log.exception("turn_crashed", session=self._session_id)
            return failed("internal_error", "The server failed. Its log has the reason.")

    def became_idle(self) -> None:
        """Called when nothing is left to do, or the process has ended."""
        self.idle_since = time.monotonic()
        if self.has_idle_process:
            self._handle.renew()
        self._publisher.publish_state()
        self._on_idle()

    # What Claude Code does on its own

    async def begin_autonomous(self) -> None:
        """Begins a turn without a prompt: a background task has ended, and Claude Code continues."""
        self._no_autonomous_turn.clear()
        self._beginning = turn = Turn(id=str(uuid.uuid4()), prompt="", is_autonomous=True, was_sent=True)
        self._publisher.publish_state()
        try:
            await self._recorder.begin_autonomous(turn)
        except BaseException:
            turn.mark_finished(LOST)
            raise
        finally:
            self._beginning = None
        self.current = turn
        self._autonomous_end = self._tasks.start(self._end_autonomous(turn))

    async def _end_autonomous(self, turn: Turn) -> None:
        try:
            await self._recorder.finish(turn, await turn.ended)
        except Exception:
            log.exception("turn_lost", session=self._session_id, turn=turn.id)
        finally:
            self.current = None
            turn.mark_finished(turn.stopped or LOST)
            self._no_autonomous_turn.set()
            self.became_idle()

    async def end_current(self, report: ReportedResult) -> None:
        """Gives the running turn its result, if the report is about it."""
        turn = self.current
        if turn is None or not _is_about(turn, report):
            return
        turn.set_result(from_report(report, cost_usd=self._cost_of(report), stopped=turn.stopped))
        if turn.is_autonomous and self._autonomous_end:  # a later message belongs to another turn
            await asyncio.wait({self._autonomous_end})

    def _cost_of(self, report: ReportedResult) -> float:
        total, process = report.total_cost_usd, self._handle.process
        if process is None:
            return 0.0
        before, process.cost_usd = process.cost_usd, total
        # Differences of binary fractions: 0.0689378, not 0.06893780000000001.
        return round(total - before if total >= before else total, 9)

    def process_dropped(self) -> None:
        """Ends an autonomous turn: it cannot outlive its process."""
        if (turn := self.active) and turn.is_autonomous:
            turn.set_result(turn.stopped or CLI_FAILED)

    async def process_lost(self, process: ClaudeProcess, error: Exception | None) -> None:
        """Ends the running turn after its process has ended unexpectedly."""
        if self._handle.process is not process:
            return
        log.warning("cli_lost", error=str(error), stderr=process.stderr, session=self._session_id)
        self._handle.drop(process)
        if turn := self.current:
            turn.set_result(turn.stopped or CLI_FAILED)
        else:
            self._no_autonomous_turn.set()  # an autonomous turn may have failed to begin
        self.became_idle()


def _is_about(turn: Turn, report: ReportedResult) -> bool:
    return turn.is_autonomous or not report.prompt_ids or turn.id in report.prompt_ids
