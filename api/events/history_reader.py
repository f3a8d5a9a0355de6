"""What was said in a session before its log began, read from storage when somebody asks: all of it, or its end."""

from collections.abc import Callable, Sequence

from api.errors import InvalidCursorError
from api.events import history, messages
from api.events.history import Timed
from api.events.turn_boundaries import turn_boundaries
from api.schema import Message, MessageAdded, ToolFinished, ToolStarted, TurnStarted
from api.sessions.store import SessionStore
from api.storage import TurnRow
from api.storage.transcripts import Entry

FIRST_LINES = 200
"""How much of the end of a transcript is read first; more only when that is not enough."""


class HistoryReader:
    """The conversation so far."""

    def __init__(self, memory: SessionStore) -> None:
        self._memory = memory
        self.live: set[str] = set()
        """The turns that the log tells of: they are not past yet."""

    async def messages(self) -> list[Message]:
        """The conversation as whole messages, oldest first."""
        return messages.messages(await self._memory.transcript(), await self._memory.turns())

    async def page(self, *, limit: int, before: str | None = None) -> tuple[list[Message], bool]:
        """The last messages, or the last before a message, and whether there are more before them.

        Raises:
            InvalidCursorError: there is no such message.
        """
        position = None
        turns = await self._memory.turns()
        if before is not None:
            position = await self._memory.position(before)
            if position is None:
                return _page_of(await self.messages(), limit, before)
        lines = limit + FIRST_LINES
        while True:
            entries = await self._memory.transcript_end(lines=lines, before=position)
            is_all = len(entries) < lines
            found = messages.messages(entries, _within(entries, turns, is_all=is_all, before=before, ends=position))
            if is_all or len(found) > limit:
                return found[-limit:], len(found) > limit
            lines *= 4

    async def events(self) -> list[Timed]:
        """All that was said, as the events that told it."""
        turns = await self._memory.turns()
        entries, past = self._past(await self._memory.transcript(), turns)
        return list(history.events(entries, past, inner=await self._inner(entries)))

    async def last_events(self, *, count: int) -> list[Timed]:
        """The last events of the past, not less than `count` if there are as many."""
        return await self._end(lambda events: len(events) > count)

    async def last_messages(self, *, count: int) -> list[Timed]:
        """The events from the last `count` messages on; a turn whose prompt is among them begins with its start."""
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
        all_turns = await self._memory.turns()
        lines = FIRST_LINES
        while True:
            entries = await self._memory.transcript_end(lines=lines)
            if len(entries) < lines:
                return await self.events()
            entries, turns = self._past(entries, all_turns)
            if begins := turn_boundaries(entries, turns):
                first = turns.index(begins[min(begins)])
                current = next((turn for turn in reversed(turns[:first]) if turn.kind != "shell"), None)
                later = turns[turns.index(current) + 1 :] if current else turns[first:]
                inner = await self._inner(entries)
                events = list(history.events(entries, later, current=current, inner=inner))
                if is_enough(events):
                    return events
            lines *= 4

    def _past(self, entries: list[Entry], turns: list[TurnRow]) -> tuple[list[Entry], list[TurnRow]]:
        """Without the turns that the log tells of, and their lines."""
        begins = turn_boundaries(entries, turns)
        end = min((number for number, turn in begins.items() if turn.id in self.live), default=len(entries))
        return entries[:end], [turn for turn in turns if turn.id not in self.live]

    async def _inner(self, entries: Sequence[Entry]) -> dict[str, list[Entry]]:
        inner: dict[str, list[Entry]] = {}
        asked = list(filter(None, map(history.agent_of, entries)))
        while asked:
            agent = asked.pop()
            if agent not in inner:
                inner[agent] = await self._memory.subagent(agent)
                asked += filter(None, map(history.agent_of, inner[agent]))
        return inner


def _page_of(messages: list[Message], limit: int, before: str) -> tuple[list[Message], bool]:
    end = next((number for number, message in enumerate(messages) if message.id == before), None)
    if end is None:
        raise InvalidCursorError
    return messages[max(0, end - limit) : end], end > limit


def _within(
    entries: Sequence[Entry], turns: list[TurnRow], *, is_all: bool, before: str | None, ends: int | None
) -> list[TurnRow]:
    """The turns that these lines tell of, and those between them that left no line."""
    names = {entry.get("uuid") for entry in entries}
    told = [number for number, turn in enumerate(turns) if turn.id in names]
    start = 0 if is_all else told[0] if told else len(turns)
    asked = next((number for number, turn in enumerate(turns) if turn.id == before), None)
    if asked is not None:
        return turns[start:asked]
    if ends is None:
        return turns[start:]
    return turns[start : told[-1] + 1] if told else []


def _messages(events: Sequence[Timed]) -> dict[str, int]:
    """Where each message of the conversation itself begins."""
    places: dict[str, int] = {}
    for place, (_, event) in enumerate(events):
        if isinstance(event, MessageAdded) and event.message.parent_tool_use_id is None:
            places.setdefault(event.message.id, place)
    return places
