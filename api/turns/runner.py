"""Runs a session's prompts, one after the other."""

import asyncio
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import claude_agent_sdk as sdk
import structlog

from api.claude.process import ClaudeProcess
from api.errors import ApiError, TurnNotFoundError, TurnStartedError
from api.turns.result import CLI_FAILED, LOST, TurnResult, failed, from_result
from api.turns.turn import Turn
from runtime.tracing import span

if TYPE_CHECKING:
    from api.sessions.session import Session

INTERRUPT_SECONDS = 1.5
"""How long Claude Code may take to stop; then it is killed, and the next prompt resumes the conversation."""

log = structlog.get_logger(__name__)


class TurnRunner:
    """The queue of one session, and the turn that runs."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._seat = session.seat
        self._queue: deque[Turn] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._sent = False
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._beginning: Turn | None = None
        """The turn whose begin is being written down; it is out of the line, and does not run yet."""
        self._ending: asyncio.Task[None] | None = None
        """Waits for the end of what Claude Code does by itself."""
        self.current: Turn | None = None

    @property
    def at_work(self) -> Turn | None:
        """The turn that runs or is just beginning."""
        return self.current or self._beginning

    @property
    def first(self) -> Turn | None:
        """The turn that runs, or will as soon as it can."""
        return self.at_work or (self._queue[0] if self._queue else None)

    @property
    def waits_for_slot(self) -> bool:
        """Whether the first turn waits for others: in line behind sessions, for a rewind, or to run elsewhere."""
        return not self.at_work and (self._worker is None or self.is_paused or not self._seat.has_slot)

    @property
    def runs_prompt(self) -> bool:
        """Whether a prompt runs, or will as soon as it can: a question to a person then has a turn to stand in."""
        return self.first is not None and self.first.kind == "prompt"

    @property
    def is_busy(self) -> bool:
        """Whether a turn runs, waits or is about to."""
        return self.at_work is not None or self._worker is not None

    @property
    def is_resting(self) -> bool:
        """Whether there is a process that nobody needs just now."""
        return self._seat.cli is not None and self.is_idle

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs here, with a process or without; prompts may wait."""
        seat = self._seat
        return not (self.is_busy or seat.background_tasks or seat.is_lent or seat.is_in_use)

    @property
    def queued(self) -> int:
        return len(self._queue)

    def enqueue(self, turn: Turn) -> int:
        """Puts the turn in line; the answer is how many run before it."""
        position = len(self._queue) + (1 if self.at_work else 0)
        self._queue.append(turn)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return position

    @property
    def is_paused(self) -> bool:
        """Whether prompts wait though none runs."""
        return not self._resumed.is_set()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Lets no turn begin as long as the block lasts."""
        self._resumed.clear()
        try:
            yield
        finally:
            self._resumed.set()

    def take_back(self, turn_id: str) -> Turn:
        """Takes a waiting turn out of the line.

        Raises:
            TurnStartedError: it runs.
            TurnNotFoundError: there is none.
        """
        if self.at_work and self.at_work.id == turn_id:
            raise TurnStartedError
        for turn in self._queue:
            if turn.id == turn_id:
                self._queue.remove(turn)
                if self._worker and not (self._queue or self.at_work):  # it waits for nothing more
                    self._worker.cancel()
                    self._worker = None
                return turn
        raise TurnNotFoundError

    async def stop(self, stopped: TurnResult) -> None:
        """Ends the first turn within two seconds, at once when it is asked a second time."""
        turn = self.first
        if turn is None or turn.ended.done():
            return
        turn.stopped, is_asked_again = stopped, turn.stopped is not None
        if turn is not self.current or not self._sent or self._seat.cli is None:
            turn.end(stopped)
            return
        cli = self._seat.cli
        if not is_asked_again:
            with suppress(Exception):  # it may be gone, hang or answer nonsense: then it is killed
                async with asyncio.timeout(INTERRUPT_SECONDS):
                    await cli.interrupt()
                    await asyncio.shield(turn.ended)
        if not turn.ended.done():
            reason = "asked to stop twice" if is_asked_again else "did not stop"
            log.warning("cli_killed", reason=reason, session=self._session.id)
            self._seat.drop(cli)  # first of all: the next turn must not begin on it
            turn.end(stopped)
            await cli.kill()

    async def close(self, stopped: TurnResult) -> None:
        """Ends everything: the turn gets its end, what waits stays in storage, the process goes."""
        for turn in self._queue:
            turn.end(stopped)
            turn.close(stopped)
        self._queue.clear()
        await self.stop(stopped)
        if worker := self._worker:  # it takes its name off the door when it ends
            with suppress(asyncio.CancelledError):
                await asyncio.wait({worker}, timeout=INTERRUPT_SECONDS)
                worker.cancel()
        await self._seat.close()
        if self._ending:
            await asyncio.wait({self._ending}, timeout=INTERRUPT_SECONDS)

    async def _work(self) -> None:
        try:
            while self._queue and not self._session.host.admission.is_draining:
                await self._resumed.wait()
                await self._quiet.wait()
                self._seat.renew()
                await self._seat.take_slot()
                if not self._quiet.is_set():
                    continue
                # While it waited, the prompt may have been taken back.
                if self._queue and not self._session.host.admission.is_draining:
                    await self._run(self._queue.popleft())
        finally:
            if self._worker is asyncio.current_task():  # else it was called off, and there may be another one
                self._worker = None
            if self._worker is None:
                self._seat.leave_slot()
                self._session.rested()

    async def _run(self, turn: Turn) -> None:
        try:
            self._beginning = turn
            if not await self._session.voice.begin(turn):
                return
            self.current, self._beginning, self._sent = turn, None, False
            await self._session.voice.finish(turn, await self._some_outcome(turn))
        except Exception:  # whatever became of this turn, those that wait for its end must not wait with it
            log.exception("turn_lost", session=self._session.id, turn=turn.id)
        finally:
            self.current = self._beginning = None
            turn.close(turn.stopped or LOST)

    async def _some_outcome(self, turn: Turn) -> TurnResult:
        try:
            with span("turn", session=self._session.id, turn=turn.id):
                return await self._outcome(turn)
        except Exception:
            log.exception("turn_crashed", session=self._session.id)
            return failed("internal_error", "The server failed. Its log says why.")

    async def _outcome(self, turn: Turn) -> TurnResult:
        if turn.ended.done():  # stopped before it ran
            return turn.ended.result()
        if turn.kind == "shell":
            return await self._session.workshop.run_shell(turn)
        connecting = self._seat.connect()
        either: set[asyncio.Future[Any]] = {connecting, turn.ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if turn.ended.done():
            return turn.ended.result()
        try:
            cli = connecting.result()
            content = await self._session.workshop.compose(turn)
            if turn.ended.done():
                return turn.ended.result()
            self._sent = True
            await cli.send(content, turn_id=turn.id)
            await self._session.workshop.sent()
        except ApiError as error:
            return failed(error.code, error.sentence)
        except sdk.ClaudeSDKError as error:
            log.warning("prompt_not_sent", error=str(error), session=self._session.id)
            return turn.stopped or CLI_FAILED
        return await turn.ended

    async def heard(self, message: sdk.Message) -> None:
        """Takes what the process says."""
        if self.at_work is None and _is_own_idea(message):
            await self._begin_own_idea()
        await self._session.voice.heard(message)
        if isinstance(message, sdk.SystemMessage) and message.subtype == "background_tasks_changed":
            self._seat.background_tasks = len(message.data.get("tasks") or [])
        elif isinstance(message, sdk.ResultMessage):
            await self._result(message)

    async def _result(self, result: sdk.ResultMessage) -> None:
        turn = self.current
        if turn is None or not _is_about(turn, result):
            return
        outcome = from_result(result, cost_usd=self._cost_of(result), stopped=turn.stopped)
        turn.end(outcome)
        if turn.is_own_idea and self._ending:  # what comes now is another one
            await asyncio.wait({self._ending})

    def _cost_of(self, result: sdk.ResultMessage) -> float:
        """What this turn alone cost; results have the sum of all turns of their process."""
        total = result.total_cost_usd or 0.0
        if self._seat.cli is None:
            return 0.0
        before, self._seat.cli.cost_usd = self._seat.cli.cost_usd, total
        # Sums of binary fractions: 0.0689378, not 0.06893780000000001.
        return round(total - before if total >= before else total, 9)

    async def _begin_own_idea(self) -> None:
        self._quiet.clear()
        self._beginning = turn = Turn(id=str(uuid.uuid4()), prompt="", is_own_idea=True)
        self._session.voice.say_state()
        try:
            await self._session.voice.begin_own_idea(turn)
        except BaseException:
            turn.close(LOST)
            raise
        finally:
            self._beginning = None
        self.current, self._sent = turn, True
        self._ending = asyncio.create_task(self._end_own_idea(turn))

    async def _end_own_idea(self, turn: Turn) -> None:
        try:
            await self._session.voice.finish(turn, await turn.ended)
        except Exception:
            log.exception("turn_lost", session=self._session.id, turn=turn.id)
        finally:
            self.current = None
            turn.close(turn.stopped or LOST)
            self._quiet.set()
            self._session.rested()

    def left(self) -> None:
        """The process goes: what it does by itself ends with it."""
        if (turn := self.at_work) and turn.is_own_idea:
            turn.end(turn.stopped or CLI_FAILED)

    async def lost(self, cli: ClaudeProcess, error: Exception | None) -> None:
        """Takes note that a process ended by itself."""
        if self._seat.cli is not cli:
            return
        log.warning("cli_lost", error=str(error), stderr=cli.complaints, session=self._session.id)
        self._seat.drop(cli)
        if turn := self.current:
            turn.end(turn.stopped or CLI_FAILED)
        else:
            self._quiet.set()  # an idea of its own may have failed to begin
        self._session.rested()


def _is_own_idea(message: sdk.Message) -> bool:
    is_talk = isinstance(message, sdk.StreamEvent | sdk.AssistantMessage)
    return is_talk and getattr(message, "parent_tool_use_id", None) is None


def _is_about(turn: Turn, result: sdk.ResultMessage) -> bool:
    named = result.user_message_uuids
    return turn.is_own_idea or not named or turn.id in named
