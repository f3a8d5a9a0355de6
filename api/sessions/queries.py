"""One question, one answer: what `POST /query` does."""

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from api.claude.process import ClaudeProcess
from api.errors import (
    ApiError,
    CliFailedError,
    ConflictError,
    InvalidOptionError,
    ModelError,
    SessionBusyError,
    TurnTimeoutError,
)
from api.schema import Usage
from api.schema.base import Record
from api.schema.sessions import PermissionMode
from api.sessions.options import QueryOptions, check_mode
from api.sessions.service import SessionService
from api.sessions.session import Session
from api.sessions.titles import title_of
from api.turns.result import TurnResult, interrupted
from api.turns.turn import Turn

TIMED_OUT = interrupted("timeout", "The turn took longer than its timeout and was interrupted.", "timeout")
GONE = interrupted("interrupted")
NOT_FAILURES = ("max_turns", "max_budget")
"""Ends that the caller asked for: there is an answer, if not a whole one."""


log = structlog.get_logger(__name__)


class QueryResult(Record):
    """The answer of `POST /query`, but for the time."""

    response: str
    """The texts of the main conversation, joined by blank lines."""
    message_count: int
    session_id: str
    model: str | None
    stop_reason: str
    num_turns: int
    duration_ms: int
    cost_usd: float
    usage: Usage
    denied_tools: tuple[str, ...] = ()
    structured_output: Any = None  # what the caller's schema asks for


class TurnInterruptedError(ConflictError):
    """The turn was interrupted"""

    code = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningQuery:
    """A question under way."""

    session: Session
    turn: Turn
    after: int
    """Everything of the turn has a greater seq."""

    def frames(self) -> AsyncIterator[bytes]:
        """The turn's events, as server-sent events, until it ends."""
        return self.session.turn_frames(self.turn.id, after=self.after)

    async def answer(self) -> QueryResult:
        """Waits for the end of the turn.

        Raises:
            ModelError: Claude's API refused or failed.
            TurnTimeoutError: the turn outlived its timeout; carries the session id.
            TurnInterruptedError: somebody else ended it.
        """
        outcome = await asyncio.shield(self.turn.finished)
        if outcome.is_error and outcome.code not in NOT_FAILURES:
            raise self._failure(outcome)
        if outcome.stop_reason == "interrupted":
            raise TurnInterruptedError(sessionId=self.session.id)
        return QueryResult(
            response="\n\n".join(text for text in self.turn.answers.values() if text),
            message_count=len(self.turn.message_ids) + 1,
            session_id=self.session.id,
            model=outcome.model or self.session.info.model,
            stop_reason=outcome.stop_reason,
            num_turns=outcome.num_turns,
            duration_ms=outcome.duration_ms,
            cost_usd=outcome.cost_usd,
            usage=outcome.usage,
            denied_tools=outcome.denied_tools,
            structured_output=outcome.structured_output,
        )

    def _failure(self, outcome: TurnResult) -> ApiError:
        code, session_id = outcome.code or "model_error", self.session.id
        if code == TIMED_OUT.code:
            return TurnTimeoutError(outcome.error, sessionId=session_id)
        if code == InvalidOptionError.code:
            return InvalidOptionError(outcome.error, sessionId=session_id)
        if code == CliFailedError.code:
            return CliFailedError(outcome.error, sessionId=session_id)
        patience = self.turn.retry_after if code == "model_rate_limited" else None
        return ModelError(outcome.error, code=code, retry_after=patience, sessionId=session_id)


class QueryService:
    """Runs queries: on warm workers when they need nothing special, else on processes of their own."""

    def __init__(self, sessions: SessionService) -> None:
        self._sessions = sessions
        self._workers = sessions.workers

    @asynccontextmanager
    async def run(self, prompt: str, options: QueryOptions, *, user: str) -> AsyncIterator[RunningQuery]:
        """Runs a query as long as the block lasts; leaving early interrupts it.

        Raises:
            SessionNotFoundError: `sessionId` is none of the user's.
            SessionBusyError: that session runs a turn.
            BusyError: the waiting line is full.
            NotConfiguredError: there are no credentials.
            LimitError: the user may begin no more just now.
        """
        self._sessions.host.starter.check_credentials()
        if options.session_id is None:  # else whoever runs that session counts it
            await self._sessions.admission.admit(user)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + options.timeout_seconds
        try:
            async with asyncio.timeout_at(deadline):
                session, lent = await self._open(prompt, options, user)
        except TimeoutError:
            raise TurnTimeoutError("No Claude Code process was free in time.") from None
        turn = Turn(id=str(uuid.uuid4()), prompt=prompt, origin="query")
        turn.on_close = lambda: self._leave(session, turn, lent)
        clock = loop.call_at(deadline, self._stop, session, turn)
        try:
            query = RunningQuery(session=session, turn=turn, after=session.journal.log.last_seq)
            if options.session_id is None:
                await session.submit(turn)
            else:
                await self._join(session, turn, options)
            if loop.time() >= deadline:  # the clock found nothing to stop yet
                self._stop(session, turn)
            yield query
        finally:
            clock.cancel()
            self._sessions.spawn(self._tidy(session, turn))

    async def _open(self, prompt: str, options: QueryOptions, user: str) -> tuple[Session, ClaudeProcess | None]:
        if options.session_id is not None:
            return await self._continued(options, options.session_id, user), None
        options = msgspec.structs.replace(options, permission_mode=self._mode(options))
        row = self._sessions.new_row(user, str(uuid.uuid4()), title=title_of(prompt), options=options, origin="query")
        lent = None
        if self._workers.suits(options, row):
            lent = await self._workers.claim(user, options)
            row = dataclasses.replace(row, id=lent.session_id, transcript_id=lent.session_id)
        try:
            session = await self._sessions.add(row)
        except BaseException:
            if lent:
                self._workers.give_back(lent, reusable=False)
            raise
        if lent:
            session.seat.borrow(lent)
        return session, lent

    async def _continued(self, options: QueryOptions, session_id: str, user: str) -> Session:
        session = await self._sessions.find(user, session_id)
        if options.fork:
            session = await self._sessions.fork(user, session.id)
        _check_rests(session)
        await session.admit()
        return session

    async def _join(self, session: Session, turn: Turn, options: QueryOptions) -> None:
        _check_rests(session)
        # Nobody else's prompt runs with what the query brings: one that comes meanwhile waits, and goes first.
        with session.runner.paused():
            await _adjust(session, options, mode=self._mode(options))
            if await session.submit(turn):
                session.seat.retire()
                raise SessionBusyError

    def _mode(self, options: QueryOptions) -> PermissionMode:
        return options.permission_mode or self._sessions.host.settings.query_permission_mode

    def _stop(self, session: Session, turn: Turn) -> None:
        self._sessions.spawn(session.stop_turn(turn, TIMED_OUT))

    async def _tidy(self, session: Session, turn: Turn) -> None:
        try:
            await session.stop_turn(turn, GONE)
        except Exception:  # the process and its slot are given back all the same
            log.exception("query_not_stopped", session=session.id)
        turn.close(GONE)
        session.rested()

    def _leave(self, session: Session, turn: Turn, lent: ClaudeProcess | None) -> None:
        """Lets the process go that the query had for itself: a prompt that waits behind it gets one of its own."""
        if lent is None:
            if session.runner.at_work in (None, turn):
                session.seat.retire()
        elif session.seat.cli is lent:
            clean = turn.is_over and not (turn.finished.result().is_error or turn.ran_tools or turn.stopped)
            # A command may have changed something that outlives the conversation, such as the model.
            clean = clean and turn.finished.result().num_turns > 0 and not prompt_is_command(turn.prompt)
            clean = clean and not session.seat.background_tasks
            session.seat.release(lambda cli: self._workers.give_back(cli, reusable=clean))
        else:
            self._workers.forget(lent)


def prompt_is_command(prompt: str) -> bool:
    """Whether Claude Code itself, rather than the model, may be what is spoken to."""
    return prompt.lstrip().startswith(("/", "!", "#", "<"))


def _check_rests(session: Session) -> None:
    if session.runner.is_busy or session.runner.is_paused:
        raise SessionBusyError


async def _adjust(session: Session, options: QueryOptions, *, mode: PermissionMode) -> None:
    """Prepares the next turn for a query that continues this session.

    Args:
        mode: in force until the process ends; the session's own comes back then.
    """
    check_mode(mode, allows_bypass=session.host.starter.allows_bypass)
    if await session.preferences.keep(options) and (closing := session.seat.park()):
        await asyncio.wait({closing})  # whoever asked may go: the process is ended all the same
    if options.model or options.effort:
        await session.change(model=options.model, effort=options.effort)
    # What would last of it is not written down: the session's own mode comes back.
    await session.preferences.change(session.seat.cli, permission_mode=mode)
