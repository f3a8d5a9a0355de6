"""What is remembered of one session: its row, and what Claude Code wrote."""

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Unpack, cast

import claude_agent_sdk as sdk
import msgspec

from api.claude import transcripts
from api.events.log import GENERATION
from api.sessions.options import StoredOptions
from api.sessions.permissions import rule_texts
from api.storage import SessionRow, Storage, TurnRow
from api.storage.sessions import SessionChanges
from api.storage.transcripts import Entry
from runtime.clock import timestamp


class SessionStore:
    """One session in storage."""

    def __init__(self, row: SessionRow, storage: Storage, *, is_new: bool) -> None:
        """Takes what was read.

        Args:
            is_new: no other life of the session was before, so that its first numbers are claimed with its row.
        """
        self.row = row
        self.kept = msgspec.convert(dict(row.options), StoredOptions)
        self.base = 0 if is_new else row.last_seq
        """No event so far has a greater seq."""
        self._storage = storage
        self._unwritten: set[str] = set()
        """Columns that were changed since they were written down."""
        self._writing = asyncio.Lock()
        self._has_numbers = is_new
        self._moment: str | None = "" if is_new else None
        """The last that `moment` gave; None when nobody has looked."""

    async def write(self, **changes: Unpack[SessionChanges]) -> None:
        """Writes columns down; what the database does not take counts all the same, until `settle` writes it."""
        self.row = dataclasses.replace(self.row, **changes)
        self._unwritten |= changes.keys()
        await self.settle()

    async def settle(self) -> None:
        """Writes down what is not written down yet."""
        async with self._writing:  # or what was changed first might be written last
            changes = {name: getattr(self.row, name) for name in self._unwritten}
            await self._storage.sessions.change(self.row.id, **cast(SessionChanges, changes))
            self._unwritten -= {name for name in changes if getattr(self.row, name) == changes[name]}

    async def keep(self, kept: StoredOptions) -> None:
        """Writes down what is kept besides the columns."""
        self.kept = kept
        await self.write(options=msgspec.to_builtins(kept))

    async def keep_rules(self, updates: Sequence[sdk.PermissionUpdate]) -> None:
        """Writes down what a person allowed for good."""
        rules = [text for update in updates if update.type == "addRules" for text in rule_texts(update)]
        folders = [folder for update in updates for folder in update.directories or ()]
        await self.keep(
            msgspec.structs.replace(
                self.kept,
                rules=tuple(dict.fromkeys((*self.kept.rules, *rules))),
                folders=tuple(dict.fromkeys((*self.kept.folders, *folders))),
            )
        )

    async def start_over(self, transcript_id: str) -> None:
        """Notes that the conversation was cleared, and goes on in another transcript."""
        past = (*self.kept.past_transcripts, self.row.transcript_id)
        reset_at = await self.moment()
        self.kept = msgspec.structs.replace(self.kept, reset_at=reset_at, past_transcripts=past)
        await self.write(options=msgspec.to_builtins(self.kept), transcript_id=transcript_id)

    async def claim_numbers(self) -> None:
        """Makes sure that no other life of this session uses the numbers of its next events."""
        if not self._has_numbers:
            self._has_numbers = True
            try:
                await self.next_numbers()
            except BaseException:
                self._has_numbers = False
                raise

    def count_turn(self, *, cost_usd: float) -> None:
        """Notes that a turn ended; `write_counts` writes it down."""
        row = self.row
        self.row = dataclasses.replace(
            row, updated_at=timestamp(), cost_usd=round(row.cost_usd + cost_usd, 9), num_turns=row.num_turns + 1
        )

    async def write_counts(self) -> None:
        """Writes down what turns so far took."""
        row = self.row
        await self.write(updated_at=row.updated_at, cost_usd=row.cost_usd, num_turns=row.num_turns)

    async def next_numbers(self) -> int:
        """Claims another generation of numbers; what comes before them."""
        base = self.row.last_seq
        await self.write(last_seq=base + GENERATION)
        return base

    async def transcript(self) -> list[Entry]:
        """The lines of the conversation."""
        return list(await self._storage.transcripts.load(self.transcript_key()) or [])

    async def transcript_end(self, *, lines: int, before: int | None = None) -> list[Entry]:
        """The last lines of the conversation; with `before` those before that position."""
        return await self._storage.transcripts.end(self.transcript_key(), lines=lines, before=before)

    async def position(self, message_id: str) -> int | None:
        """Where a message begins among the lines of the conversation; None when no line is its."""
        return await self._storage.transcripts.position(self.transcript_key(), message_id)

    async def subagent(self, agent_id: str) -> list[Entry]:
        """The lines of a subagent's conversation."""
        key = {**self.transcript_key(), "subpath": f"subagents/agent-{agent_id}"}
        return list(await self._storage.transcripts.load(key) or [])

    def transcript_key(self, transcript_id: str | None = None) -> dict[str, str]:
        """Where the lines are stored: of this conversation, or of another one in the same folder."""
        project = sdk.project_key_for_directory(self.row.cwd)
        return {"project_key": project, "session_id": transcript_id or self.row.transcript_id}

    async def turns(self) -> list[TurnRow]:
        """The turns of the conversation that began, in that order."""
        turns = await self._storage.turns.of_session(self.row.id, "running", "finished")
        turns.sort(key=lambda turn: turn.began)
        return [turn for turn in turns if turn.began > self.kept.reset_at]

    async def moment(self) -> str:
        """Now, but after all earlier ones of this session, whatever was done to the clock: turns are told in order."""
        if self._moment is None:
            self._moment = max(await self._storage.turns.last_start(self.row.id), self.kept.reset_at)
        self._moment = timestamp(after=self._moment)
        return self._moment

    async def untold_commands(self) -> list[TurnRow]:
        """The shell commands that ran since Claude was last told of any."""
        kept = self.kept
        return await self._storage.turns.shell_after(self.row.id, sent=kept.told_shell, began=kept.reset_at)

    async def cut(self, entries: Sequence[Entry], kept: Sequence[Entry], *, from_turn: str) -> None:
        """Forgets all lines but those that are kept, and the turns from one on that the others told of."""
        await self._storage.transcripts.replace(self.transcript_key(), kept)
        forgotten = {from_turn} | (transcripts.prompts(entries) - transcripts.prompts(kept))
        turns = await self.turns()
        first = next((number for number, turn in enumerate(turns) if turn.id in forgotten), len(turns))
        await self._storage.turns.forget(self.row.id, [turn.id for turn in turns[first:]])
        # Shell commands are told with the next prompt: those before the last one that is left are still known.
        told = max((turn.created_at for turn in turns[:first] if turn.kind != "shell"), default="")
        await self.keep(msgspec.structs.replace(self.kept, told_shell=min(told, self.kept.told_shell)))
