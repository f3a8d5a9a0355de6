"""Reads the history of a session from storage, on demand: all of it, or its end."""

from collections.abc import Callable, Sequence

import msgspec

from api.errors import InvalidCursorError
from api.events import history, messages
from api.events.history import Timed
from api.events.log import EventLog
from api.events.publisher import EventPublisher
from api.events.turn_boundaries import turn_boundaries
from api.schema import Event, Message, MessageAdded, ToolFinished, ToolResultBlock, ToolStarted, TurnStarted
from api.storage import TurnRow
from api.storage.session_store import SessionStore
from api.storage.transcripts import Entry

FIRST_LINES = 200
"""How many entries at the end of a transcript are read first; more are read if these are not enough."""


class HistoryReader:
    """Reads the messages and events of one session."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self.live_turns: set[str] = set()
        """The turns whose events are in the log, and so are not history yet."""

    async def messages(self) -> list[Message]:
        """The conversation as whole messages, oldest first."""
        return messages.messages(await self._store.transcript(), await self._store.turns())

    async def messages_so_far(self, publisher: EventPublisher) -> list[Message]:
        """The conversation including the running turn: its messages reach the transcript late, but are in the log."""
        known = {message.id: message for message in await self.messages()}
        turn_id = publisher.turn_id
        for event in _logged(publisher.log, turn_id) if turn_id else ():
            match event:
                case MessageAdded(message=message) if message.id != turn_id:
                    known[message.id] = msgspec.structs.replace(message, created_at=message.created_at or event.at)
                case ToolFinished(tool_use_id=call):
                    result = ToolResultBlock(tool_use_id=call, content=event.content, is_error=event.is_error)
                    known[f"{call}-result"] = Message(id=f"{call}-result", role="user", content=(result,))
        return list(known.values())

    async def page(self, *, limit: int, before: str | None = None) -> tuple[list[Message], bool]:
        """The last messages, or the last ones before a message, and whether there are earlier ones.

        Raises:
            InvalidCursorError: there is no such message.
        """
        position = None
        turns = await self._store.turns()
        if before is not None:
            position = await self._store.position(before)
            if position is None:
                return _page_of(await self.messages(), limit, before)
        lines = limit + FIRST_LINES
        while True:
            entries = await self._store.transcript_end(lines=lines, before=position)
            is_all = len(entries) < lines
            found = messages.messages(entries, _within(entries, turns, is_all=is_all, before=before, ends=position))
            if is_all or len(found) > limit:
                return found[-limit:], len(found) > limit
            lines *= 4

    async def events(self) -> list[Timed]:
        """All events."""
        turns = await self._store.turns()
        entries, past = self._past(await self._store.transcript(), turns)
        return list(history.events(entries, past, subagents=await self._read_subagents(entries)))

    async def last_events(self, *, count: int) -> list[Timed]:
        """The last events: at least `count`, if there are as many."""
        return await self._end(lambda events: len(events) > count)

    async def last_messages(self, *, count: int) -> list[Timed]:
        """The events from the last `count` messages on, with the start of the turn that the first one began."""
        events = await self._end(lambda events: len(_messages(events)) > count)
        wanted = list(_messages(events).values())[-count:] if count else []
        if not wanted:
            return []
        start = wanted[0]
        if start and isinstance(events[start - 1][1], TurnStarted):
            start -= 1
        called = {event.tool_use_id for _, event in events[start:] if isinstance(event, ToolStarted)}
        return [
            (at, event)
            for at, event in events[start:]
            if not isinstance(event, ToolFinished) or event.tool_use_id in called
        ]

    async def _end(self, is_enough: Callable[[list[Timed]], bool]) -> list[Timed]:
        all_turns = await self._store.turns()
        lines = FIRST_LINES
        while True:
            entries = await self._store.transcript_end(lines=lines)
            if len(entries) < lines:
                return await self.events()
            entries, turns = self._past(entries, all_turns)
            if begins := turn_boundaries(entries, turns):
                first = turns.index(begins[min(begins)])
                current = next((turn for turn in reversed(turns[:first]) if turn.kind != "shell"), None)
                later = turns[turns.index(current) + 1 :] if current else turns[first:]
                subagents = await self._read_subagents(entries)
                events = list(history.events(entries, later, current=current, subagents=subagents))
                if is_enough(events):
                    return events
            lines *= 4

    def _past(self, entries: list[Entry], turns: list[TurnRow]) -> tuple[list[Entry], list[TurnRow]]:
        """The entries and turns without those of live turns."""
        begins = turn_boundaries(entries, turns)
        end = min((number for number, turn in begins.items() if turn.id in self.live_turns), default=len(entries))
        return entries[:end], [turn for turn in turns if turn.id not in self.live_turns]

    async def _read_subagents(self, entries: Sequence[Entry]) -> dict[str, list[Entry]]:
        subagents: dict[str, list[Entry]] = {}
        waiting = list(filter(None, map(history.agent_of, entries)))
        while waiting:
            agent = waiting.pop()
            if agent not in subagents:
                subagents[agent] = await self._store.subagent(agent)
                waiting += filter(None, map(history.agent_of, subagents[agent]))
        return subagents


def _logged(log: EventLog, turn_id: str) -> list[Event]:
    reader = log.add_reader(log.history_end)
    try:
        entries = log.read(reader)
    finally:
        log.remove_reader(reader)
    wanted = [entry for entry in entries if entry.turn_id == turn_id and entry.kind in ("message", "tool_finished")]
    return [msgspec.json.decode(entry.frame.partition(b"\ndata: ")[2], type=Event) for entry in wanted]


def _page_of(messages: list[Message], limit: int, before: str) -> tuple[list[Message], bool]:
    end = next((number for number, message in enumerate(messages) if message.id == before), None)
    if end is None:
        raise InvalidCursorError
    return messages[max(0, end - limit) : end], end > limit


def _within(
    entries: Sequence[Entry], turns: list[TurnRow], *, is_all: bool, before: str | None, ends: int | None
) -> list[TurnRow]:
    """The turns of these entries, and those between them that have no entry."""
    ids = {entry.get("uuid") for entry in entries}
    present = [number for number, turn in enumerate(turns) if turn.id in ids]
    start = 0 if is_all else present[0] if present else len(turns)
    end = next((number for number, turn in enumerate(turns) if turn.id == before), None)
    if end is not None:
        return turns[start:end]
    if ends is None:
        return turns[start:]
    return turns[start : present[-1] + 1] if present else []


def _messages(events: Sequence[Timed]) -> dict[str, int]:
    """The position of the first event of each message in the main conversation."""
    places: dict[str, int] = {}
    for place, (_, event) in enumerate(events):
        if isinstance(event, MessageAdded) and event.message.parent_tool_use_id is None:
            places.setdefault(event.message.id, place)
    return places
