"""One Claude conversation: prompts in, events out."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, Unpack, get_args

import claude_agent_sdk as sdk
import msgspec
import structlog

from api.claude import history, stream, transcripts
from api.claude.attachments import check_attachments, compose
from api.claude.cli import Cli
from api.claude.command import Launch
from api.claude.errors import PromptQueueFullError, TurnNotFoundError
from api.claude.host import Host
from api.claude.journal import Journal
from api.claude.memory import Memory
from api.claude.options import Kept, QueryOptions, check_mode, check_prompt
from api.claude.outcome import LOST, Outcome, interrupted
from api.claude.permissions import Permissions
from api.claude.requests import Requests
from api.claude.runner import Runner
from api.claude.translate import Translator
from api.claude.turn import Turn
from api.clock import timestamp
from api.schema import (
    Answer,
    Event,
    Message,
    MessageAdded,
    Notice,
    Prompt,
    Request,
    RequestClosed,
    RequestOpened,
    SessionChanged,
    SessionInfo,
    SessionReset,
    SessionStateChanged,
    TextDelta,
    ThinkingDelta,
    TurnFinished,
    TurnQueued,
    TurnStarted,
    TurnWithdrawn,
)
from api.schema.sessions import PermissionMode, SessionState
from api.storage import LeaseLostError, SessionRow, TurnRow
from api.storage.sessions import SessionChanges
from api.workspace import workspace_of

LONGEST_QUEUE = 50
"""Prompts that may wait in one session."""
LONGEST_TITLE = 80
MODES: tuple[PermissionMode, ...] = get_args(PermissionMode)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A prompt that is on disk and will run."""

    turn_id: str
    position: int
    """How many prompts run before it; 0: it runs now."""


class Session:
    """One conversation of one user. Clients come and go; the session goes on."""

    def __init__(self, row: SessionRow, host: Host, *, is_new: bool = False) -> None:
        """Takes a session up.

        Args:
            is_new: no other life of it was before, so that the numbers of its first events are claimed with its row.
        """
        self.host = host
        self.memory = Memory(row, host.storage, is_new=is_new)
        self.workspace = workspace_of(host.settings, row.owner).resolve()
        self.journal = Journal(row.id, base=self.memory.base, reserve=self._renewed)
        self.asked = Requests(self._say, timeout=host.settings.request_timeout or None)
        self.permissions = Permissions(self.workspace, self.asked, remember=self.memory.keep_rules)
        self.runner = Runner(self)
        self.rested_at = time.monotonic()
        """When it last had something to do."""
        self.touched_at = self.rested_at
        """When somebody last asked for it."""
        self._mode: PermissionMode = row.permission_mode
        self._model: str | None = None
        self._translator = Translator(row.id)
        self._first_live_turn: str | None = None
        self._said_state: SessionState = self.state
        self.asks_for_trust = self.memory.kept.origin == "session"
        """Whether there may be a person who can say that the folder's settings are welcome."""
        self._restart_wanted = False
        self._was_cleared = False

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
        return "idle" if self.runner.cli or not self.row.num_turns else "parked"

    @property
    def info(self) -> SessionInfo:
        """What `GET /sessions/{id}` says."""
        row = self.row
        return SessionInfo(
            id=row.id,
            title=row.title,
            state=self.state,
            model=self._model or row.model or self.host.settings.claude_model,
            permission_mode=self._mode,
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
        busy = self.runner.is_busy or self.runner.cli or len(self.asked) or self.journal.log.has_readers
        return not busy

    # What clients do

    async def prompt(self, prompt: Prompt) -> Accepted:
        """Accepts a prompt; when this returns it survives any crash.

        Raises:
            InvalidPromptError: it is blank or too long.
            InvalidAttachmentError: an attachment cannot be used.
            NotConfiguredError: there are no credentials.
            PromptQueueFullError: too many prompts wait in this session.
            BusyError: too many sessions wait for a process.
        """
        turn = self.accept(prompt)
        return Accepted(turn_id=turn.id, position=await self.submit(turn))

    def accept(self, prompt: Prompt) -> Turn:
        """The turn for a prompt that may be sent; raises what `prompt` does."""
        check_prompt(prompt.prompt)
        check_attachments(prompt.attachments, self.workspace)
        self.host.starter.check_credentials()
        if self.runner.queued >= LONGEST_QUEUE:
            raise PromptQueueFullError(retry_after=5)
        return Turn(id=str(uuid.uuid4()), prompt=prompt.prompt, attachments=prompt.attachments)

    async def submit(self, turn: Turn) -> int:
        """Stores a turn and puts it in line; the answer is how many run before it.

        Raises:
            BusyError: too many wait for a process.
        """
        if not self.runner.is_busy and not self.runner.cli:
            self.host.slots.check_room()
        attachments = [msgspec.to_builtins(attachment) for attachment in turn.attachments]
        row = TurnRow(id=turn.id, session_id=self.id, prompt=turn.prompt, attachments=attachments)
        await self.memory.claim_numbers()
        await self.host.storage.turns.add(row)
        return self.enqueue(turn)

    def enqueue(self, turn: Turn) -> int:
        """Puts a turn that is in storage in line; the answer is how many run before it."""
        position = self.runner.enqueue(turn)
        if position or not (self.runner.cli or self.host.slots.has_free):
            self._say(TurnQueued(prompt=turn.prompt, attachments=turn.attachments, turn_id=turn.id))
        self._say_state()
        return position

    async def withdraw(self, turn_id: str) -> None:
        """Takes a queued prompt back.

        Raises:
            TurnStartedError: it runs already.
            TurnNotFoundError: there is no such prompt, or it ended.
        """
        turn = self.runner.take_back(turn_id)
        await self.host.storage.turns.withdraw(turn_id)
        turn.end(interrupted())
        turn.finished.set_result(interrupted())
        self._say(TurnWithdrawn(turn_id=turn_id))

    async def interrupt(self) -> None:
        """Ends the running turn within two seconds; nothing happens when none runs."""
        await self.stop(interrupted())

    async def stop_turn(self, turn: Turn, stopped: Outcome) -> None:
        """Ends this turn, whether it runs or waits; nothing happens when it is over."""
        if turn is self.runner.current:
            await self.stop(stopped)
        elif not turn.is_over:
            with suppress(TurnNotFoundError):
                await self.withdraw(turn.id)

    async def stop(self, stopped: Outcome) -> None:
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

    async def frames(self, after: int = 0) -> AsyncIterator[bytes]:
        """Server-sent events: everything after `after`, then live, as long as the session exists."""
        await self.memory.claim_numbers()
        async for chunk in stream.frames(self.journal.log, self._past, after=after):
            yield chunk

    async def prompted(self, prompt: Prompt) -> AsyncIterator[bytes]:
        """Sends a prompt: its turn as server-sent events, closing with `done` or `error`; raises what `prompt` does."""
        after = self.journal.log.last_seq
        turn = self.accept(prompt)
        await self.submit(turn)
        return self._until_done(turn, after=after)

    async def _until_done(self, turn: Turn, *, after: int) -> AsyncIterator[bytes]:
        async for chunk in self.turn_frames(turn.id, after=after):
            yield chunk
        outcome = await asyncio.shield(turn.finished)
        if outcome.is_error:
            yield stream.sse("error", {"error": outcome.error, "code": outcome.code})
        else:
            yield stream.sse("done", {"turnId": turn.id, "stopReason": outcome.stop_reason})

    def turn_frames(self, turn_id: str, *, after: int) -> AsyncIterator[bytes]:
        """Server-sent events of one turn, until it ends."""
        return stream.turn_frames(self.journal.log, after=after, turn_id=turn_id)

    async def messages(self) -> list[Message]:
        """The conversation as whole messages, oldest first."""
        return history.messages(await self.memory.transcript(), await self.memory.turns())

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
        check_mode(permission_mode, allows_bypass=self.host.starter.allows_bypass)
        changes: SessionChanges = {}
        if title is not None:
            changes["title"] = title
        if model is not None:
            changes["model"] = self._model = model
        if effort is not None and effort != self.row.effort:
            changes["effort"] = effort
            self._restart_wanted = True  # it is an argument of the process
        if permission_mode is not None:
            self._mode = permission_mode
            changes["permission_mode"] = _lasting(permission_mode)
        if cli := self.runner.cli:
            try:
                if model is not None:
                    await cli.set_model(model)
                if permission_mode is not None:
                    await cli.set_permission_mode(permission_mode)
            except Exception as error:  # the SDK raises plain ones; the next process gets it right
                log.warning("setting_not_taken", session=self.id, error=str(error))
                self._restart_wanted = True
        await self.memory.claim_numbers()
        await self.remember(**changes)
        if not self.runner.is_busy:
            self.rested()
        return self.info

    # What the runner does

    async def begin(self, turn: Turn) -> bool:
        """Says that the turn starts; False when it was taken back meanwhile."""
        # First of all, or a subscriber who comes meanwhile gets the turn as history and then live.
        is_first, self._first_live_turn = not self._first_live_turn, self._first_live_turn or turn.id
        if not await self.host.storage.turns.start(turn.id):
            self._first_live_turn = None if is_first else self._first_live_turn
            return False
        self._start(turn)
        if not self.row.title:
            await self.remember(title=title_of(turn.prompt))
        return True

    async def begin_own_idea(self) -> Turn:
        """Starts a turn that nobody asked for: a background task ended, and Claude Code goes on by itself."""
        turn = Turn(id=str(uuid.uuid4()), prompt="", is_own_idea=True)
        row = TurnRow(id=turn.id, session_id=self.id, prompt="", state="running", started_at=timestamp())
        self._first_live_turn = self._first_live_turn or turn.id
        await self.host.storage.turns.add(row)
        self._start(turn)
        return turn

    async def finish(self, turn: Turn, outcome: Outcome) -> None:
        """Says how the turn ended; exactly once for each that began."""
        for event in self._translator.leftovers():
            self._say(event)
        self.asked.cancel_all()
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
        try:
            await self.host.storage.turns.finish(turn.id, msgspec.to_builtins(finished))
            await self.remember(
                updated_at=timestamp(),
                cost_usd=self.row.cost_usd + outcome.cost_usd,
                num_turns=self.row.num_turns + 1,
            )
        except LeaseLostError:  # whoever runs the session now tells how it ended
            self.journal.log.close()
            outcome = LOST
        except Exception:  # the end is told, whatever the database does
            log.exception("turn_not_stored", session=self.id)
        self._say(finished)
        self.journal.turn_id = None
        turn.retry_after = self._translator.retry_after
        self._translator.forget_turn()
        self._measure(turn, outcome, duration)
        if (self._was_cleared or self.journal.log.is_full) and not self.journal.log.is_closed:
            self._was_cleared = False
            await self.journal.renew()
        turn.finished.set_result(outcome)

    async def connect(self) -> Cli:
        """A Claude Code process in this conversation."""
        folder = Path(self.row.cwd)
        trusted = await self.host.trust.check(self.row.owner, folder, self.workspace)
        if not trusted and self.asks_for_trust:
            trusted = self.asks_for_trust = await self.host.trust.ask(
                self.row.owner, folder, self.workspace, self.asked
            )
        resume = self.row.num_turns > 0 or bool(self.memory.kept.reset_at)
        launch = self.launch(resume=resume, trusts_folder=trusted)
        return await self.host.starter.start(launch, owner=self.row.owner, reason="resume" if resume else "session")

    async def compose(self, turn: Turn) -> str | list[dict[str, Any]]:
        """What to send: the prompt and its attachments."""
        return await compose(turn.prompt, turn.attachments, self.workspace)

    async def heard(self, message: sdk.Message) -> None:
        """Says what happened."""
        for event in self._translator.events(message):
            if isinstance(event, TextDelta | ThinkingDelta):
                self.journal.publish_delta(event)
                if (turn := self.runner.current) and turn.first_text is None:
                    turn.first_text = time.monotonic()
            else:
                self._say(event)
                if turn := self.runner.current:
                    turn.collect(event)
        if isinstance(message, sdk.SystemMessage):
            await self._told(message)
        elif isinstance(message, sdk.ResultMessage) and message.session_id != self.row.transcript_id:
            await self.memory.start_over(message.session_id)
            self._was_cleared = True

    def cost_of(self, result: sdk.ResultMessage) -> float:
        """What this turn alone cost."""
        cli, total = self.runner.cli, result.total_cost_usd or 0.0
        if cli is None:
            return 0.0
        cost = total - cli.cost_usd if total >= cli.cost_usd else total
        cli.cost_usd = total
        return cost

    def rested(self) -> None:
        """Nothing is left to do, or the process has gone."""
        self.rested_at = time.monotonic()
        if self._restart_wanted and self.runner.is_resting:
            self._restart_wanted = False
            self.runner.park()
        self._say_state()
        self.host.rested(self.id)

    # What the house does

    def park(self) -> None:
        """Ends the process; the next prompt starts another one."""
        if self.runner.park():
            self._say_state()

    def tell_trouble(self, has_trouble: bool) -> None:
        """Says that the conversation is not being stored, or that it is again."""
        if has_trouble:
            self._say(Notice(level="warning", text="The last messages could not be stored; that is tried again."))
        else:
            self._say(Notice(level="info", text="All messages are stored again."))

    def lost_process(self) -> None:
        """The process has gone: what was allowed for one life of it is over."""
        self._mode = self.row.permission_mode

    async def adjust(self, options: QueryOptions, *, mode: PermissionMode) -> None:
        """Prepares the next turn for a query that continues this session.

        Args:
            mode: in force until the process ends; the session's own comes back then.
        """
        check_mode(mode, allows_bypass=self.host.starter.allows_bypass)
        given = msgspec.structs.asdict(options)
        changed = {name: given[name] for name in Kept.__struct_fields__ if given.get(name)}
        kept = msgspec.structs.replace(self.memory.kept, **changed)
        if kept != self.memory.kept or options.effort:
            await self.memory.keep(kept)
            if closing := self.runner.park():
                await closing
        if options.model or options.effort:
            await self.change(model=options.model, effort=options.effort)
        self._mode = mode
        if self.runner.cli:
            await self.runner.cli.set_permission_mode(mode)

    def launch(self, *, resume: bool, trusts_folder: bool) -> Launch:
        """How a process for this conversation is started."""
        row, kept, settings = self.row, self.memory.kept, self.host.settings
        return Launch(
            session_id=row.transcript_id,
            cwd=Path(row.cwd),
            resume=resume,
            model=row.model or settings.claude_model,
            permission_mode=self._mode,
            effort=row.effort,
            system_prompt=kept.system_prompt,
            append_system_prompt=kept.append_system_prompt,
            max_turns=kept.max_turns,
            max_budget_usd=kept.max_budget_usd,
            allowed_tools=(*kept.allowed_tools, *kept.rules),
            disallowed_tools=kept.disallowed_tools,
            folders=kept.folders,
            output_schema=msgspec.json.encode(kept.output_schema) if kept.output_schema else None,
            trusts_folder=trusts_folder,
            allows_bypass=self.host.starter.allows_bypass,
        )

    async def remember(self, **changes: Unpack[SessionChanges]) -> None:
        """Writes columns down and tells the subscribers."""
        if changes:
            await self.memory.write(**changes)
            self._say(SessionChanged(session=self.info))

    async def rewind(self, to_message: str, *, files: bool) -> None:
        """Forgets the conversation from a user's message on.

        Raises:
            MessageNotFoundError: it is not a message of the user's.
        """
        entries = await self.memory.transcript()
        kept = transcripts.before(entries, to_message)
        if files:
            cli = await self.runner.connected()
            await cli.rewind_files(to_message)
        if closing := self.runner.park():
            await closing
        await self.memory.cut(entries, kept)
        own_files = await self.host.starter.files(self.row.owner)
        await own_files.rewrite(Path(self.row.cwd), self.row.transcript_id, kept)
        await self.memory.claim_numbers()
        self._say(SessionReset(new_session_id=self.id))
        await self.journal.renew()
        await self.remember(updated_at=timestamp())
        self.rested()

    def _start(self, turn: Turn) -> None:
        self.journal.turn_id = turn.id
        self._say_state()
        self._say(TurnStarted(prompt=turn.prompt, attachments=turn.attachments))
        if not turn.is_own_idea:
            self._say(MessageAdded(message=history.prompt_message(turn.id, turn.prompt, timestamp())))

    async def _told(self, message: sdk.SystemMessage) -> None:
        data = message.data
        if message.subtype == "background_tasks_changed":
            self.runner.background_tasks = len(data.get("tasks") or [])
        if message.subtype == "init" and isinstance(model := data.get("model"), str):
            self._model = model
        mode = next((mode for mode in MODES if mode == data.get("permissionMode")), self._mode)
        if message.subtype in ("init", "status") and mode != self._mode:
            self._mode = mode
            await self.remember(permission_mode=_lasting(mode))

    async def _past(self) -> Iterable[tuple[str, Event]]:
        entries, turns = await self.memory.transcript(), await self.memory.turns()
        if live := self._first_live_turn:
            entries = _before(entries, lambda entry: entry.get("uuid") == live)
            turns = _before(turns, lambda turn: turn.id == live)
        return history.events(entries, turns)

    async def _renewed(self) -> int:
        base = await self.memory.next_numbers()
        self._first_live_turn = None
        return base

    def _say(self, event: Event) -> None:
        self.journal.publish(event)
        if isinstance(event, RequestOpened | RequestClosed):
            self._say_state()

    def _say_state(self) -> None:
        state = self.state
        if state != self._said_state:
            self._said_state = state
            self.journal.publish(SessionStateChanged(state=state))

    def _measure(self, turn: Turn, outcome: Outcome, duration: int) -> None:
        first = None if turn.first_text is None else turn.first_text - turn.began
        code = "interrupted" if outcome.stop_reason == "interrupted" else outcome.code
        self.host.metrics.turn_finished(
            origin=turn.origin,
            seconds=duration / 1000,
            cost_usd=outcome.cost_usd,
            usage=outcome.usage,
            code=code,
            first_token_seconds=first,
        )


ItemT = TypeVar("ItemT")


def _before(items: list[ItemT], is_last: Callable[[ItemT], bool]) -> list[ItemT]:
    found = next((number for number, item in enumerate(items) if is_last(item)), len(items))
    return items[:found]


def _lasting(mode: PermissionMode) -> PermissionMode:
    return "default" if mode == "bypassPermissions" else mode


def title_of(prompt: str) -> str:
    """A prompt as the title of its session: one short line."""
    line = " ".join(prompt.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
