"""One Claude conversation: prompts in, events out."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from sqlalchemy.exc import IntegrityError

from api.errors import PromptQueueFullError, SessionNotFoundError, TurnNotFoundError
from api.events import stream
from api.events.history_reader import HistoryReader
from api.events.publisher import EventPublisher
from api.files.workspace import workspace_of
from api.processes.handle import ProcessHandle
from api.schema import (
    Answer,
    Prompt,
    Request,
    SessionInfo,
    TurnQueued,
    TurnWithdrawn,
)
from api.schema.sessions import PermissionMode, SessionState
from api.sessions.context import SessionContext
from api.sessions.options import check_prompt
from api.sessions.permissions import Permissions
from api.sessions.quota import DrainingError
from api.sessions.requests import RequestList
from api.sessions.settings import SessionSettings
from api.sessions.store import SessionStore
from api.storage import LeaseLostError, SessionRow, TurnRow
from api.turns import shell_turns
from api.turns.attachments import check_attachments
from api.turns.executor import TurnExecutor
from api.turns.recorder import TurnRecorder
from api.turns.result import TurnResult, interrupted
from api.turns.runner import TurnRunner
from api.turns.turn import Turn
from runtime.database.errors import TRANSIENT_ERRORS

LONGEST_QUEUE = 50
"""Prompts that may wait in one session."""
TAKEN_BACK = interrupted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A prompt that is on disk and will run."""

    turn_id: str
    position: int
    """How many prompts run before it; 0: it runs now."""


class Session:
    """One conversation of one user. Clients come and go; the session goes on."""

    def __init__(self, row: SessionRow, host: SessionContext, *, is_new: bool = False) -> None:
        """Takes a session up.

        Args:
            is_new: no other life of it was before, so that the numbers of its first events are claimed with its row.
        """
        self.host = host
        self.is_new = is_new
        self.memory = SessionStore(row, host.storage, is_new=is_new)
        self.workspace = workspace_of(host.settings, row.owner).resolve()
        self.journal = EventPublisher(row.id, base=self.memory.base, reserve=self._renewed)
        self.past = HistoryReader(self.memory)
        self.preferences = SessionSettings(self.memory, host)
        self.voice = TurnRecorder(self)
        self.asked = RequestList(self.voice.say, timeout=host.settings.request_timeout or None)
        self.permissions = Permissions(
            self.workspace,
            self.asked,
            remember=lambda updates: self.voice.in_passing(self.memory.keep_rules(updates)),
        )
        self.workshop = TurnExecutor(self)
        self.seat = ProcessHandle(self)
        self.runner = TurnRunner(self)
        self.rested_at = time.monotonic()
        """When it last had something to do."""
        self.touched_at = self.rested_at
        """When somebody last asked for it."""
        self.is_deleted = False
        """Whether it is being forgotten: nothing more begins in it."""
        self.voice.know_state(self.state)

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def row(self) -> SessionRow:
        """What is in storage."""
        return self.memory.row

    @property
    def state(self) -> SessionState:
        """What it does."""
        if len(self.asked):
            return "waiting"
        if self.runner.is_busy:
            return "running"
        return "idle" if self.seat.cli or not self.row.num_turns else "parked"

    @property
    def info(self) -> SessionInfo:
        """What `GET /sessions/{id}` says."""
        row = self.row
        return SessionInfo(
            id=row.id,
            title=row.title,
            state=self.state,
            model=self.preferences.model,
            permission_mode=self.preferences.mode,
            created_at=row.created_at,
            updated_at=row.updated_at,
            cost_usd=row.cost_usd,
            num_turns=row.num_turns,
            pending_requests=len(self.asked),
            cwd=row.cwd,
            effort=row.effort,
        )

    @property
    def requests(self) -> tuple[Request, ...]:
        """The open requests, oldest first."""
        return self.asked.all

    @property
    def is_forgettable(self) -> bool:
        """Whether nothing is lost when this object goes: all of it is in storage."""
        busy = (
            self.runner.is_busy
            or self.runner.is_paused
            or self.seat.is_in_use
            or self.seat.cli
            or len(self.asked)
            or self.journal.log.has_readers
        )
        return not (busy or self.voice.has_debts)

    # What clients do

    async def prompt(self, prompt: Prompt) -> Accepted:
        """Accepts a prompt; when this returns it survives any crash.

        Raises:
            InvalidPromptError: it is blank or too long.
            InvalidAttachmentError: an attachment cannot be used.
            NotConfiguredError: there are no credentials.
            PromptQueueFullError: too many prompts wait in this session.
            BusyError: too many sessions wait for a process, or the server is about to stop.
            LimitError: the user may begin no more just now.
        """
        turn = self.accept(prompt)
        await self.admit()
        return Accepted(turn_id=turn.id, position=await self.submit(turn))

    def accept(self, prompt: Prompt) -> Turn:
        """The turn for a prompt that may be sent; raises what `prompt` does."""
        check_prompt(prompt.prompt)
        check_attachments(prompt.attachments, self.workspace)
        self.host.starter.check_credentials()
        self._check_line()
        return Turn(id=str(uuid.uuid4()), prompt=prompt.prompt, attachments=prompt.attachments)

    async def admit(self) -> None:
        """Makes sure that a turn may begin, and counts it; raises what `prompt` says of the server and the user."""
        try:
            await self.host.admission.admit(self.row.owner)
        except DrainingError:
            await self.host.let_go(self.id)
            raise

    async def shell(self, command: str) -> Accepted:
        """Accepts a shell command, which runs in its place among the prompts.

        Raises:
            PromptQueueFullError: too many prompts wait in this session.
            BusyError: too many sessions wait for a process, or the server is about to stop.
            LimitError: the user may begin no more just now.
        """
        self._check_line()
        await self.admit()
        turn = Turn(id=str(uuid.uuid4()), prompt=shell_turns.MARK + command, kind="shell")
        return Accepted(turn_id=turn.id, position=await self.submit(turn))

    def _check_line(self) -> None:
        if self.runner.queued >= LONGEST_QUEUE:
            raise PromptQueueFullError(retry_after=5)

    async def submit(self, turn: Turn) -> int:
        """Stores a turn and puts it in line; the answer is how many run before it.

        Raises:
            BusyError: too many wait for a process.
            SessionNotFoundError: it was deleted meanwhile.
        """
        if not self.runner.is_busy and not self.seat.has_slot:
            self.host.slots.check_room()
        attachments = [msgspec.to_builtins(attachment) for attachment in turn.attachments]
        row = TurnRow(id=turn.id, session_id=self.id, kind=turn.kind, prompt=turn.prompt, attachments=attachments)
        await self.memory.claim_numbers()
        try:
            await self.host.storage.turns.add(row)
        except IntegrityError:  # its session went meanwhile
            raise SessionNotFoundError from None
        except (
            asyncio.CancelledError,
            *TRANSIENT_ERRORS,
        ):  # it may be there all the same, and would run after the next start
            self.host.spawn(self._take_out(turn))
            raise
        if self.is_deleted:
            raise SessionNotFoundError
        return self.enqueue(turn)

    async def _take_out(self, turn: Turn) -> None:
        with suppress(LeaseLostError, *TRANSIENT_ERRORS):
            await self.voice.insist(lambda: self.host.storage.turns.withdraw(turn.id))

    def enqueue(self, turn: Turn) -> int:
        """Puts a turn that is in storage in line; the answer is how many run before it."""
        position = self.runner.enqueue(turn)
        if position or not (self.seat.cli or self.host.slots.has_free):
            self.voice.say(TurnQueued(prompt=turn.prompt, attachments=turn.attachments, turn_id=turn.id))
        self.voice.say_state()
        return position

    async def withdraw(self, turn_id: str, *, stopped: TurnResult = TAKEN_BACK) -> None:
        """Takes a queued prompt back, which then counts as `stopped`.

        Raises:
            TurnStartedError: it runs already.
            TurnNotFoundError: there is no such prompt, or it ended.
        """
        turn = self.runner.take_back(turn_id)
        # Whoever asked for it may go: it is not left half done.
        await asyncio.shield(self.host.spawn(self._withdraw(turn, stopped)))

    async def _withdraw(self, turn: Turn, stopped: TurnResult) -> None:
        async def write() -> None:
            await self.host.storage.turns.withdraw(turn.id)
            self.voice.say(TurnWithdrawn(turn_id=turn.id))  # before, it would run after a restart

        turn.end(stopped)
        try:
            await self.voice.insist(write)
        finally:
            turn.close(stopped)

    async def interrupt(self, turn_id: str | None = None) -> None:
        """Ends the running turn within two seconds; nothing happens when none runs.

        Args:
            turn_id: the turn that is meant: the next one goes on when it has ended meanwhile.
        """
        turn = self.runner.first
        if turn is None or turn_id not in (None, turn.id):
            return
        # Whoever asked for it may go: who does not stop is killed all the same.
        await asyncio.shield(self.host.spawn(self.stop_turn(turn, interrupted())))

    async def stop_turn(self, turn: Turn, stopped: TurnResult) -> None:
        """Ends this turn, whether it runs or waits; nothing happens when it is over."""
        if turn is self.runner.first and not self.runner.waits_for_slot:
            await self.stop(stopped)
        elif not turn.is_over:
            with suppress(TurnNotFoundError):
                await self.withdraw(turn.id, stopped=stopped)

    async def stop(self, stopped: TurnResult) -> None:
        """Ends the running turn, which then counts as `stopped`."""
        await self.runner.stop(stopped)
        if self.runner.current and self.runner.current.stopped:
            self.asked.cancel_all()

    async def answer(self, request_id: str, answer: Answer, *, by: str) -> None:
        """Answers a request; the first answer wins.

        Raises:
            RequestClosedError: it was answered before, or its turn ended.
            RequestNotFoundError: there never was one with this id.
        """
        self.asked.answer(request_id, answer, by=by)

    async def frames(self, after: int = 0, *, tail: int | None = None) -> AsyncIterator[bytes]:
        """Server-sent events: everything after `after`, then live, as long as the session exists.

        Args:
            tail: how many messages of the past who knows nothing of it is told; all when absent.
        """
        await self.memory.claim_numbers()
        async for chunk in stream.frames(self.journal.log, self.past, after=after, tail=tail):
            yield chunk

    async def prompted(self, prompt: Prompt) -> AsyncIterator[bytes]:
        """Sends a prompt: its turn as server-sent events, closing with `done` or `error`; raises what `prompt` does."""
        after = self.journal.log.last_seq
        turn = self.accept(prompt)
        await self.admit()
        await self.submit(turn)
        return stream.to_end(self.journal.log, turn, after=after)

    def turn_frames(self, turn_id: str, *, after: int) -> AsyncIterator[bytes]:
        """Server-sent events of one turn, until it ends."""
        return stream.turn_frames(self.journal.log, after=after, turn_id=turn_id)

    async def change(
        self,
        *,
        title: str | None = None,
        model: str | None = None,
        permission_mode: PermissionMode | None = None,
        effort: str | None = None,
    ) -> SessionInfo:
        """Changes what is given.

        Raises:
            BypassForbiddenError: that permission mode is not allowed here.
        """
        changes = await self.preferences.change(
            self.seat.cli, model=model, permission_mode=permission_mode, effort=effort
        )
        if title is not None:
            changes["title"] = title
        await self.memory.claim_numbers()
        await self.voice.remember(**changes)
        if not self.runner.is_busy:
            self.rested()
        return self.info

    # What the runner does

    def rested(self) -> None:
        """Nothing is left to do, or the process has gone."""
        self.rested_at = time.monotonic()
        if self.runner.is_resting:
            self.seat.renew()
        self.voice.say_state()
        self.host.rested(self.id)

    # What the house does

    def park(self) -> None:
        """Ends the process; the next prompt starts another one."""
        if self.seat.park():
            self.voice.say_state()

    async def _renewed(self) -> int:
        base = await self.memory.next_numbers()
        self.past.live.clear()
        return base
