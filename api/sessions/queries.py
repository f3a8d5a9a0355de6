"""Runs `POST /query`: one prompt, one answer."""

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog

from api.claude.process import ClaudeProcess
from api.errors import (
    ApiError,
    CliFailedError,
    InvalidOptionError,
    ModelError,
    TurnInterruptedError,
    TurnTimeoutError,
)
from api.processes.pool import ProcessPool
from api.schema import Usage
from api.schema.base import Record
from api.schema.sessions import PermissionMode
from api.sessions.options import QueryOptions
from api.sessions.service import SessionService
from api.sessions.session import Session
from api.turns.result import TurnResult, interrupted
from api.turns.turn import Turn, title_of
from runtime.background_tasks import BackgroundTasks

TIMED_OUT = interrupted("timeout", "The turn took longer than its timeout and was interrupted.", "timeout")
CALLER_GONE = interrupted("interrupted")
LIMIT_CODES = ("max_turns", "max_budget")
"""Error codes of limits set by the caller; the answer so far is still returned."""
WORKER_OPTIONS = ("model", "permission_mode", "cwd")
"""Options that a worker can change, and the folder, which is compared separately."""
DEFAULT_OPTIONS = QueryOptions()

log = structlog.get_logger(__name__)


class QueryResult(Record):
    """The answer of `POST /query`, without its time."""

    response: str
    """The texts of the main conversation, separated by blank lines."""
    message_count: int
    session_id: str
    model: str | None
    stop_reason: str
    num_turns: int
    duration_ms: int
    cost_usd: float
    usage: Usage
    denied_tools: tuple[str, ...] = ()
    structured_output: Any = None  # in the shape of the caller's schema


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningQuery:
    """A query whose turn is queued or running."""

    session: Session
    turn: Turn
    after: int
    """Every event of the turn has a greater number."""

    def frames(self) -> AsyncIterator[bytes]:
        """The events of the turn as server-sent events, until it ends."""
        return self.session.turn_frames(self.turn.id, after=self.after)

    async def answer(self) -> QueryResult:
        """Waits for the end of the turn.

        Raises:
            ModelError: Claude's API refused or failed.
            TurnTimeoutError: the turn took too long.
            TurnInterruptedError: it was interrupted.
        """
        result = await asyncio.shield(self.turn.finished)
        if result.is_error and result.code not in LIMIT_CODES:
            raise self._error(result)
        if result.stop_reason == "interrupted":
            raise TurnInterruptedError(sessionId=self.session.id)
        return QueryResult(
            response="\n\n".join(text for text in self.turn.answers.values() if text),
            message_count=len(self.turn.message_ids) + 1,
            session_id=self.session.id,
            model=result.model or self.session.info.model,
            stop_reason=result.stop_reason,
            num_turns=result.num_turns,
            duration_ms=result.duration_ms,
            cost_usd=result.cost_usd,
            usage=result.usage,
            denied_tools=result.denied_tools,
            structured_output=result.structured_output,
        )

    def _error(self, result: TurnResult) -> ApiError:
        code, session_id = result.code or "model_error", self.session.id
        if code == TIMED_OUT.code:
            return TurnTimeoutError(result.error, sessionId=session_id)
        if code == InvalidOptionError.code:
            return InvalidOptionError(result.error, sessionId=session_id)
        if code == CliFailedError.code:
            return CliFailedError(result.error, sessionId=session_id)
        retry_after = self.turn.retry_after if code == "model_rate_limited" else None
        return ModelError(result.error, code=code, retry_after=retry_after, sessionId=session_id)


class QueryService:
    """Runs queries: on a worker of the pool if the options allow it, otherwise on a process of their own."""

    def __init__(
        self,
        sessions: SessionService,
        pool: ProcessPool,
        tasks: BackgroundTasks,
        *,
        default_mode: PermissionMode,
    ) -> None:
        self._sessions = sessions
        self._pool = pool
        self._tasks = tasks
        self._default_mode = default_mode

    @asynccontextmanager
    async def run(self, prompt: str, options: QueryOptions, *, user: str) -> AsyncIterator[RunningQuery]:
        """Runs a query while the block runs; leaving the block early interrupts it.

        Raises:
            SessionNotFoundError: the user has no session with this id.
            SessionBusyError: the session runs another turn.
            BusyError: too many callers wait.
            NotConfiguredError: there are no credentials.
            LimitError: the user has reached a limit.
        """
        self._sessions.check_credentials()
        if options.session_id is None:  # otherwise the replica that runs the session counts it
            await self._sessions.quota.count_turn(user)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + options.timeout_seconds
        try:
            async with asyncio.timeout_at(deadline):
                session, worker = await self._open(prompt, options, user)
        except TimeoutError:
            raise TurnTimeoutError("No Claude Code process was free in time") from None
        turn = Turn(id=str(uuid.uuid4()), prompt=prompt, origin="query")
        turn.on_finished = lambda: self._release_process(session, turn, worker)
        timer = loop.call_at(deadline, self._stop, session, turn)
        try:
            query = RunningQuery(session=session, turn=turn, after=session.last_seq)
            if options.session_id is None:
                await session.submit(turn)
            else:
                await session.submit_query(turn, options, mode=self._mode(options))
            if loop.time() >= deadline:  # when the timer ran, the turn was not submitted yet
                self._stop(session, turn)
            yield query
        finally:
            timer.cancel()
            self._tasks.start(self._close(session, turn))

    async def _open(self, prompt: str, options: QueryOptions, user: str) -> tuple[Session, ClaudeProcess | None]:
        if options.session_id is not None:
            return await self._continue_session(options, options.session_id, user), None
        options = msgspec.structs.replace(options, permission_mode=self._mode(options))
        row = self._sessions.new_row(user, str(uuid.uuid4()), title=title_of(prompt), options=options, origin="query")
        worker = None
        if _can_use_worker(options) and self._pool.serves(Path(row.cwd)):
            worker = await self._pool.acquire(user, model=options.model, permission_mode=options.permission_mode)
            row = dataclasses.replace(row, id=worker.session_id, transcript_id=worker.session_id)
        try:
            session = await self._sessions.add(row)
        except BaseException:
            if worker:
                self._pool.release(worker, is_reusable=False)
            raise
        if worker:
            session.attach_worker(worker)
        return session, worker

    async def _continue_session(self, options: QueryOptions, session_id: str, user: str) -> Session:
        session = await self._sessions.find(user, session_id)
        if options.fork:
            session = await self._sessions.fork(user, session.id)
        session.check_not_busy()
        await session.count_turn()
        return session

    def _mode(self, options: QueryOptions) -> PermissionMode:
        return options.permission_mode or self._default_mode

    def _stop(self, session: Session, turn: Turn) -> None:
        self._tasks.start(session.stop_turn(turn, TIMED_OUT))

    async def _close(self, session: Session, turn: Turn) -> None:
        try:
            await session.stop_turn(turn, CALLER_GONE)
        except Exception:  # the process and its slot must be released even then
            log.exception("query_not_stopped", session=session.id)
        turn.mark_finished(CALLER_GONE)
        session.became_idle()

    def _release_process(self, session: Session, turn: Turn, worker: ClaudeProcess | None) -> None:
        """Releases the process that only the query used. A prompt that waits behind it gets another one."""
        if worker is None:
            if session.active_turn in (None, turn):
                session.end_process_and_mode()
            return
        is_clean = turn.is_over and not (turn.finished.result().is_error or turn.ran_tools or turn.stopped)
        # A command may have changed what outlives the conversation, such as the model.
        is_clean = is_clean and turn.finished.result().num_turns > 0 and not _may_be_command(turn.prompt)
        is_clean = is_clean and not session.has_background_tasks
        if not session.detach_worker(worker, lambda process: self._pool.release(process, is_reusable=is_clean)):
            self._pool.discard(worker)


def _can_use_worker(options: QueryOptions) -> bool:
    """Whether a worker, which was started with the default options, can run the query."""
    others = msgspec.structs.replace(
        options, **dict.fromkeys(WORKER_OPTIONS), timeout_seconds=DEFAULT_OPTIONS.timeout_seconds
    )
    return others == DEFAULT_OPTIONS


def _may_be_command(prompt: str) -> bool:
    """Whether the prompt may be a command of Claude Code itself rather than text for the model."""
    return prompt.lstrip().startswith(("/", "!", "#", "<"))
