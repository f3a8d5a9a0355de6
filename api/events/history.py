"""Rebuilds past events from Claude Code's transcripts and the stored turns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from api.claude import content_blocks, tools
from api.events import shell_events
from api.events.messages import TranscriptEntry, any_message_of, before, joined, message_of, prompt_message
from api.events.turn_boundaries import turn_boundaries
from api.schema import (
    Attachment,
    Event,
    Message,
    MessageAdded,
    ToolFinished,
    ToolResultBlock,
    ToolStarted,
    ToolUseBlock,
    TurnFinished,
    TurnStarted,
)
from api.storage import TurnRow

Timed = tuple[str, Event]
"""An event with its time."""
SubagentEntries = Mapping[str, Sequence[TranscriptEntry]]
"""The transcripts of subagents, by the agent's id."""


def events(
    entries: Sequence[TranscriptEntry],
    turns: Sequence[TurnRow],
    *,
    current: TurnRow | None = None,
    subagents: SubagentEntries,
) -> Iterator[Timed]:
    """The events of a conversation, with whole messages, each with its time.

    Args:
        entries: the transcript, or its end.
        turns: the started ones, in order. Their prompts are included even if the transcript does not have them.
        current: the turn of the first entries, if they do not begin with a new turn.
        subagents: the transcripts of subagents.
    """
    waiting = {turn.id: turn for turn in turns}
    begins = turn_boundaries(entries, turns)
    known: dict[str, Message] = {}
    for number, entry in enumerate(entries):
        message = message_of(entry)
        turn = waiting.get(begins[number].id) if number in begins else None
        if turn is not None:
            yield from _end(current)
            for earlier in before(waiting, turn):
                yield from _whole(earlier)
            yield from _begin(turn)
            current = turn
        if message is None:
            continue
        if turn is None and (message.role != "user" or not _has_only_results(message)):
            known[message.id] = joined(known.get(message.id), message)
            yield _stamp(message, MessageAdded(message=known[message.id]), current)
        yield from _calls(message, entry, current, subagents)
    yield from _end(current)
    for left in waiting.values():
        yield from _whole(left)


def agent_of(entry: TranscriptEntry) -> str | None:
    """The id of the subagent that ended with this entry; None if none did."""
    details = entry.get("toolUseResult")
    found = details.get("agentId") if isinstance(details, dict) else None
    return found if isinstance(found, str) else None


def _whole(turn: TurnRow) -> Iterator[Timed]:
    yield from _begin(turn)
    yield from shell_events.past_events(turn)
    yield from _end(turn)


def _begin(turn: TurnRow) -> Iterator[Timed]:
    attachments = tuple(msgspec.convert(list(turn.attachments), list[Attachment]))
    at = turn.began
    yield at, TurnStarted(prompt=turn.prompt, attachments=attachments, turn_id=turn.id)
    if not turn.is_autonomous:
        yield at, MessageAdded(message=prompt_message(turn.id, turn.prompt, at), turn_id=turn.id)


def _end(turn: TurnRow | None) -> Iterator[Timed]:
    if turn and turn.outcome:
        outcome = msgspec.convert({**turn.outcome, "type": "turn_finished"}, TurnFinished)
        yield turn.finished_at or turn.created_at, msgspec.structs.replace(outcome, turn_id=turn.id)


def _stamp(message: Message, event: Event, turn: TurnRow | None) -> Timed:
    return message.created_at or "", msgspec.structs.replace(event, turn_id=turn.id if turn else None)


def _has_only_results(message: Message) -> bool:
    return all(isinstance(block, ToolResultBlock) for block in message.content)


def _calls(
    message: Message,
    entry: TranscriptEntry,
    turn: TurnRow | None,
    subagents: SubagentEntries,
    parent: str | None = None,
) -> Iterator[Timed]:
    for block in message.content:
        if isinstance(block, ToolUseBlock):
            started = ToolStarted(
                tool_use_id=block.id,
                name=block.name,
                input=block.input,
                title=tools.title(block.name, block.input),
                parent_tool_use_id=parent,
            )
            yield _stamp(message, started, turn)
        elif isinstance(block, ToolResultBlock):
            if (agent := agent_of(entry)) and agent in subagents:
                rest = {name: lines for name, lines in subagents.items() if name != agent}
                yield from _subagent_events(subagents[agent], turn, block.tool_use_id, rest)
            finished = ToolFinished(
                tool_use_id=block.tool_use_id,
                is_error=block.is_error,
                content=content_blocks.shorten(block.content),
                diff=tools.diff_of_result(entry.get("toolUseResult")),
                parent_tool_use_id=parent,
            )
            yield _stamp(message, finished, turn)


def _subagent_events(
    lines: Iterable[TranscriptEntry], turn: TurnRow | None, call: str, subagents: SubagentEntries
) -> Iterator[Timed]:
    known: dict[str, Message] = {}
    for entry in lines:
        if (message := any_message_of(entry)) is None:
            continue
        if message.role == "assistant":
            message = msgspec.structs.replace(message, parent_tool_use_id=call)
            known[message.id] = joined(known.get(message.id), message)
            yield _stamp(message, MessageAdded(message=known[message.id]), turn)
        yield from _calls(message, entry, turn, subagents, call)
