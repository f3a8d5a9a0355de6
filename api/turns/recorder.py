"""What a session tells its subscribers: what it hears from Claude Code, how turns begin and end, and its state."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Unpack

import claude_agent_sdk as sdk
import msgspec
import structlog

from api.claude.translate import Translator
from api.events import messages
from api.schema import (
    Event,
    MessageAdded,
    Notice,
    RequestClosed,
    RequestOpened,
    SessionChanged,
    SessionStateChanged,
    TextDelta,
    ThinkingDelta,
    TurnFinished,
    TurnStarted,
)
from api.schema.sessions import SessionState
from api.sessions.titles import title_of
from api.storage import LeaseLostError, TurnRow
from api.storage.sessions import SessionChanges
from api.turns import shell_turns
from api.turns.result import LOST, TurnResult
from api.turns.turn import Turn
from runtime.clock import timestamp
from runtime.database.errors import TRANSIENT_ERRORS
from runtime.retry import retry_until_written

if TYPE_CHECKING:
    from api.sessions.session import Session

log = structlog.get_logger(__name__)


class TurnRecorder:
    """Says what happens, and writes down what must not be forgotten."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._memory = session.memory
        self._journal = session.journal
        self._past = session.past
        self._turns = session.host.storage.turns
        self._translator = Translator(session.id)
        self._said_state: SessionState = "idle"
        self._was_cleared = False
        self._debts: set[asyncio.Task[None]] = set()

    @property
    def has_debts(self) -> bool:
        """Whether something that was told is still to be written down."""
        return bool(self._debts)

    def say(self, event: Event) -> None:
        """Tells the subscribers."""
        self._journal.publish(event)
        if isinstance(event, RequestOpened | RequestClosed):
            self.say_state()

    def say_state(self) -> None:
        """Tells the state, if it is another one than before."""
        state = self._session.state
        if state != self._said_state:
            self._said_state = state
            self._journal.publish(SessionStateChanged(state=state))

    def know_state(self, state: SessionState) -> None:
        """Takes a state as told: who asks for the session is answered with it."""
        self._said_state = state

    def tell_trouble(self, has_trouble: bool) -> None:
        """Says that the conversation is not being stored, or that it is again."""
        if has_trouble:
            self.say(Notice(level="warning", text="The last messages could not be stored; that is tried again."))
        else:
            self.say(Notice(level="info", text="All messages are stored again."))

    async def remember(self, **changes: Unpack[SessionChanges]) -> None:
        """Writes columns down and tells the subscribers."""
        if changes:
            await self._memory.write(**changes)
            self.say(SessionChanged(session=self._session.info))

    async def in_passing(self, write: Awaitable[None]) -> None:
        """Awaits the writing of columns in a turn that goes on though the database does not take them just now."""
        try:
            await write
        except TRANSIENT_ERRORS:
            self._owe(self._memory.settle)

    async def begin(self, turn: Turn) -> bool:
        """Says that the turn starts; False when it was taken back meanwhile."""
        # First of all, or a subscriber who comes meanwhile gets the turn as history and then live.
        self._past.live.add(turn.id)
        session = self._session.id
        at = await retry_until_written(self._memory.moment, session=session)
        if not await retry_until_written(lambda: self._turns.start(turn.id, at=at), session=session):
            self._past.live.discard(turn.id)
            return False
        self._start(turn)
        if not self._memory.row.title:
            await self.in_passing(self.remember(title=title_of(turn.prompt)))
        return True

    async def begin_own_idea(self, turn: Turn) -> None:
        """Starts a turn that nobody asked for: a background task ended, and Claude Code goes on by itself."""
        at = await self._memory.moment()
        row = TurnRow(id=turn.id, session_id=self._session.id, prompt="", state="running", started_at=at)
        self._past.live.add(turn.id)
        await self._turns.add(row)
        self._start(turn)

    async def heard(self, message: sdk.Message) -> None:
        """Says what Claude Code says."""
        turn = self._session.runner.current
        for event in self._translator.events(message):
            if isinstance(event, TextDelta | ThinkingDelta):
                self._journal.publish_delta(event)
                if turn and turn.first_text is None:
                    turn.first_text = time.monotonic()
            else:
                self.say(event)
                if turn:
                    turn.collect(event)
        if isinstance(message, sdk.SystemMessage):
            if changes := self._session.preferences.told(message):
                await self.in_passing(self._memory.write(**changes))
                self.say(SessionChanged(session=self._session.info))
        elif isinstance(message, sdk.ResultMessage) and message.session_id != self._memory.row.transcript_id:
            await self.in_passing(self._memory.start_over(message.session_id))
            self._session.workshop.forget()
            self._was_cleared = True

    async def finish(self, turn: Turn, outcome: TurnResult) -> None:
        """Says how the turn ended; exactly once for each that began."""
        for event in self._translator.leftovers():
            self.say(event)
        self._session.asked.cancel_all()
        duration = outcome.duration_ms or round(1000 * (time.monotonic() - turn.began))
        finished = TurnFinished(
            stop_reason=outcome.stop_reason,
            is_error=outcome.is_error,
            error=outcome.error,
            code=outcome.code,
            num_turns=outcome.num_turns,
            duration_ms=duration,
            cost_usd=outcome.cost_usd,
            usage=outcome.usage,
        )
        kept = {**msgspec.to_builtins(finished), **shell_turns.kept(turn)}
        self._memory.count_turn(cost_usd=outcome.cost_usd)
        try:
            await self._write_end(turn, kept)
        except LeaseLostError:  # whoever runs the session now tells how it ended
            self._journal.log.close()
            outcome = LOST
        except Exception:  # the end is told, whatever the database does
            log.exception("turn_not_stored", session=self._session.id)
            self._owe(lambda: self._write_end(turn, kept))
        else:
            self.say(SessionChanged(session=self._session.info))
        self.say(finished)
        self._journal.turn_id = None
        turn.retry_after = self._translator.retry_after
        self._translator.forget_turn()
        self._measure(turn, outcome, duration)
        wants_renewal = self._was_cleared or self._journal.log.is_full
        # As long as an end is not written down, only the log knows of it.
        if wants_renewal and not self.has_debts and not self._journal.log.is_closed:
            with suppress(*TRANSIENT_ERRORS):  # after the next turn, then
                await self._journal.renew()
                self._was_cleared = False
        turn.close(outcome)

    async def _write_end(self, turn: Turn, kept: Mapping[str, Any]) -> None:
        await self._turns.finish(turn.id, kept)
        await self._memory.write_counts()

    async def insist(self, write: Callable[[], Awaitable[object]]) -> None:
        """Writes something down, now or as soon as the database takes it; raises what is wrong with it now."""
        try:
            await write()
        except TRANSIENT_ERRORS:
            self._owe(write)
            raise

    def _owe(self, write: Callable[[], Awaitable[object]]) -> None:
        task = asyncio.create_task(self._pay(write))
        self._debts.add(task)
        task.add_done_callback(self._debts.discard)

    async def _pay(self, write: Callable[[], Awaitable[object]]) -> None:
        with suppress(LeaseLostError):
            await retry_until_written(write, session=self._session.id)

    def _start(self, turn: Turn) -> None:
        self._journal.turn_id = turn.id
        self.say_state()
        self.say(TurnStarted(prompt=turn.prompt, attachments=turn.attachments))
        if not turn.is_own_idea:
            self.say(MessageAdded(message=messages.prompt_message(turn.id, turn.prompt, timestamp())))

    def _measure(self, turn: Turn, outcome: TurnResult, duration: int) -> None:
        first = None if turn.first_text is None else turn.first_text - turn.began
        code = "interrupted" if outcome.stop_reason == "interrupted" else outcome.code
        self._session.host.metrics.turn_finished(
            origin=turn.origin,
            seconds=duration / 1000,
            cost_usd=outcome.cost_usd,
            usage=outcome.usage,
            code=code,
            first_token_seconds=first,
        )
