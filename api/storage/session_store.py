"""One session in storage: its row, its options, its transcript and its turns."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Literal, Unpack, cast

import msgspec

from api.schema.base import Record
from api.storage.fencing_tokens import LeaseLostError
from api.storage.sessions import SessionChanges, SessionRow
from api.storage.storage import Storage
from api.storage.transcripts import Entry
from api.storage.turns import TurnRow
from runtime.background_tasks import BackgroundTasks
from runtime.clock import timestamp
from runtime.database.errors import TRANSIENT_ERRORS
from runtime.retry import retry_until_written

GENERATION_SIZE = 10_000_000
"""How many event numbers are reserved at a time: those of one generation of the session's log."""


class StoredOptions(Record):
    """The column `options` of a session: how it was created, and what has changed since."""

    system_prompt: str | None = None
    append_system_prompt: str | None = None
    max_turns: int | None = None
    max_budget_usd: float | None = None
    allowed_tools: tuple[str, ...] = ()
    disallowed_tools: tuple[str, ...] = ()
    output_schema: dict[str, Any] | None = None
    origin: Literal["session", "query"] = "session"
    """What created it. After a crash, a query's prompt is not run again: its caller has disconnected."""
    rules: tuple[str, ...] = ()
    """Rules that a person has allowed for the whole session, such as `Bash(ls:*)`."""
    folders: tuple[str, ...] = ()
    """Folders outside the workspace that a person has allowed."""
    reset_at: str = ""
    """When the conversation was last cleared. Older turns are not part of it."""
    past_transcripts: tuple[str, ...] = ()
    """Transcripts from before it was cleared."""
    notified_shell: str = msgspec.field(name="toldShell", default="")
    """When the newest shell command that Claude has been notified of was accepted."""


class SessionStore:
    """Reads and writes what is stored of one session."""

    def __init__(
        self,
        row: SessionRow,
        storage: Storage,
        tasks: BackgroundTasks,
        *,
        project_key: Callable[[str], str],
        is_new: bool,
    ) -> None:
        """
        Args:
            row: was just read or written.
            project_key: returns the name of a folder in the keys of transcripts.
            is_new: whether the session was just created; its first event numbers are then reserved with its row.
        """
        self.row = row
        self.options = msgspec.convert(dict(row.options), StoredOptions)
        self.last_seq = 0 if is_new else row.last_seq
        """No event that an earlier process published has a greater number."""
        self._storage = storage
        self._tasks = tasks
        self._project_key = project_key
        self._unwritten: set[str] = set()
        """Columns that have changed since they were written."""
        self._write_lock = asyncio.Lock()
        self._retries: set[asyncio.Task[None]] = set()
        self._has_numbers = is_new
        self._last_start: str | None = "" if is_new else None
        """The last result of `next_start`; None before the first one is read."""

    # Columns

    async def write(self, **changes: Unpack[SessionChanges]) -> None:
        """Changes columns. Those that the database does not accept stay changed in memory until `flush` writes them."""
        self.row = dataclasses.replace(self.row, **changes)
        self._unwritten |= changes.keys()
        await self.flush()

    async def flush(self) -> None:
        """Writes the columns that are not written yet."""
        async with self._write_lock:  # otherwise an older value could be written last
            changes = {name: getattr(self.row, name) for name in self._unwritten}
            await self._storage.sessions.change(self.row.id, **cast(SessionChanges, changes))
            self._unwritten -= {name for name in changes if getattr(self.row, name) == changes[name]}

    async def write_options(self, **changes: Any) -> None:  # fields of StoredOptions
        """Changes options."""
        self.options = msgspec.structs.replace(self.options, **changes)
        await self.write(options=msgspec.to_builtins(self.options))

    async def add_rules(self, rules: Iterable[str], folders: Iterable[str]) -> None:
        """Stores rules and folders that a person has allowed for the whole session."""
        await self.write_options(
            rules=tuple(dict.fromkeys((*self.options.rules, *rules))),
            folders=tuple(dict.fromkeys((*self.options.folders, *folders))),
        )

    async def begin_transcript(self, transcript_id: str) -> None:
        """Stores that the conversation was cleared and continues in another transcript."""
        past = (*self.options.past_transcripts, self.row.transcript_id)
        reset_at = await self.next_start()
        self.options = msgspec.structs.replace(self.options, reset_at=reset_at, past_transcripts=past)
        await self.write(options=msgspec.to_builtins(self.options), transcript_id=transcript_id)

    def count_finished_turn(self, *, cost_usd: float) -> None:
        """Counts a finished turn; `write_counts` stores the counts."""
        row = self.row
        self.row = dataclasses.replace(
            row, updated_at=timestamp(), cost_usd=round(row.cost_usd + cost_usd, 9), num_turns=row.num_turns + 1
        )

    async def write_counts(self) -> None:
        """Stores the counts of the turns so far."""
        row = self.row
        await self.write(updated_at=row.updated_at, cost_usd=row.cost_usd, num_turns=row.num_turns)

    async def reserve_event_numbers(self) -> None:
        """Reserves the numbers of the next events, once: no other process may use them."""
        if not self._has_numbers:
            self._has_numbers = True
            try:
                await self.reserve_next_event_numbers()
            except BaseException:
                self._has_numbers = False
                raise

    async def reserve_next_event_numbers(self) -> int:
        """Reserves another generation of numbers, and returns the number before its first one."""
        base = self.row.last_seq
        await self.write(last_seq=base + GENERATION_SIZE)
        return base

    # Writes that are repeated when the database is unavailable

    @property
    def has_pending_writes(self) -> bool:
        """Whether a failed write is still being repeated."""
        return bool(self._retries)

    async def write_eventually(self, write: Awaitable[None]) -> None:
        """Awaits a change of columns. If the database is unavailable, writes it later, in the background."""
        try:
            await write
        except TRANSIENT_ERRORS:
            self.retry_in_background(self.flush)

    async def write_with_retry(self, write: Callable[[], Awaitable[object]]) -> None:
        """Performs a write. If the database is unavailable, raises its error and repeats it in the background."""
        try:
            await write()
        except TRANSIENT_ERRORS:
            self.retry_in_background(write)
            raise

    def retry_in_background(self, write: Callable[[], Awaitable[object]]) -> None:
        """Repeats a write until the database accepts it, or another replica has taken the session."""

        async def retry() -> None:
            with suppress(LeaseLostError):
                await retry_until_written(write, session=self.row.id)

        task = self._tasks.start_forever(retry())
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)

    # Transcript

    async def transcript(self) -> list[Entry]:
        """The entries of the conversation."""
        return list(await self._storage.transcripts.load(self.transcript_key()) or [])

    async def transcript_end(self, *, lines: int, before: int | None = None) -> list[Entry]:
        """The last entries of the conversation, or the last ones before a position."""
        return await self._storage.transcripts.end(self.transcript_key(), lines=lines, before=before)

    async def position(self, message_id: str) -> int | None:
        """The position of a message's first line in the conversation; None if there is no such message."""
        return await self._storage.transcripts.position(self.transcript_key(), message_id)

    async def subagent(self, agent_id: str) -> list[Entry]:
        """The entries of a subagent's conversation."""
        key = {**self.transcript_key(), "subpath": f"subagents/agent-{agent_id}"}
        return list(await self._storage.transcripts.load(key) or [])

    def transcript_key(self, transcript_id: str | None = None) -> dict[str, str]:
        """The key of this conversation's transcript, or of another one of the same folder."""
        return {"project_key": self._project_key(self.row.cwd), "session_id": transcript_id or self.row.transcript_id}

    # Turns

    async def turns(self) -> list[TurnRow]:
        """The turns of the conversation that have started, in the order in which they did."""
        turns = await self._storage.turns.of_session(self.row.id, "running", "finished")
        turns.sort(key=lambda turn: turn.began)
        return [turn for turn in turns if turn.began > self.options.reset_at]

    async def next_start(self) -> str:
        """The present time, but after all earlier results even if the clock was set back: turns are sorted by it."""
        if self._last_start is None:
            self._last_start = max(await self._storage.turns.last_start(self.row.id), self.options.reset_at)
        self._last_start = timestamp(after=self._last_start)
        return self._last_start

    async def new_shell_commands(self) -> list[TurnRow]:
        """The finished shell commands that Claude has not been notified of."""
        options = self.options
        return await self._storage.turns.shell_after(self.row.id, sent=options.notified_shell, began=options.reset_at)

    async def truncate(self, kept: Sequence[Entry], *, deleted_turns: set[str]) -> None:
        """Keeps only these entries, and deletes the turns from the first of `deleted_turns` on."""
        await self._storage.transcripts.replace(self.transcript_key(), kept)
        turns = await self.turns()
        first = next((number for number, turn in enumerate(turns) if turn.id in deleted_turns), len(turns))
        await self._storage.turns.delete(self.row.id, [turn.id for turn in turns[first:]])
        # A prompt notifies Claude of the shell commands before it: it still knows those before the last remaining one.
        notified = max((turn.created_at for turn in turns[:first] if turn.kind != "shell"), default="")
        await self.write_options(notified_shell=min(notified, self.options.notified_shell))
