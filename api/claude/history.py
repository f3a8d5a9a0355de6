"""What was said before, from Claude Code's transcript and our record of the turns."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from api.claude import blocks, tools
from api.claude.translate import SYNTHETIC_MODEL
from api.schema import (
    Attachment,
    Event,
    Message,
    MessageAdded,
    TextBlock,
    ToolFinished,
    ToolResultBlock,
    ToolStarted,
    ToolUseBlock,
    TurnFinished,
    TurnStarted,
)
from api.storage import TurnRow

TranscriptEntry = Mapping[str, Any]  # Claude Code's own shape
COMMAND = re.compile(r"<command-name>(.*?)</command-name>.*?(?:<command-args>(.*?)</command-args>)?\s*$", re.DOTALL)
OUTPUT = re.compile(r"<local-command-std(?:out|err)>(.*?)</local-command-std(?:out|err)>", re.DOTALL)
INTERRUPTED = "[Request interrupted by user"


def events(entries: Iterable[TranscriptEntry], turns: Sequence[TurnRow]) -> Iterator[tuple[str, Event]]:
    """The conversation as whole messages with the turns around them, each with its time.

    Args:
        entries: the transcript.
        turns: those that were started, in order; what they asked stands here even if the transcript never got it.
    """
    waiting = {turn.id: turn for turn in turns}
    known: dict[str, Message] = {}
    current: TurnRow | None = None
    for entry in entries:
        message = message_of(entry)
        if message is None:
            continue
        turn = waiting.get(message.id)
        if turn is not None:
            yield from _end(current)
            for earlier in _before(waiting, turn):
                yield from _begin(earlier)
                yield from _end(earlier)
            yield from _begin(turn)
            current = turn
        elif message.role != "user" or not _is_results(message):
            known[message.id] = _joined(known.get(message.id), message)
            yield _stamp(message, MessageAdded(message=known[message.id]), current)
        yield from _calls(message, entry, current)
    yield from _end(current)
    for left in waiting.values():
        yield from _begin(left)
        yield from _end(left)


def messages(entries: Iterable[TranscriptEntry], turns: Sequence[TurnRow]) -> list[Message]:
    """The conversation as whole messages, the outputs of tools among them, oldest first."""
    known: dict[str, Message] = {}
    prompts = {turn.id: turn for turn in turns}
    for entry in entries:
        if (message := message_of(entry)) is None:
            continue
        if turn := prompts.pop(message.id, None):
            message = prompt_message(turn.id, turn.prompt, turn.started_at)
        known[message.id] = _joined(known.get(message.id), message)
    found = list(known.values())
    found += [prompt_message(turn.id, turn.prompt, turn.started_at) for turn in prompts.values()]
    return sorted(found, key=lambda message: message.created_at or "")


def message_of(entry: TranscriptEntry) -> Message | None:
    """The message that a transcript entry holds, or None when it is about something else."""
    if (
        entry.get("isMeta")
        or entry.get("isSidechain")
        or entry.get("isCompactSummary")
        or entry.get("isApiErrorMessage")
    ):
        return None
    body = entry.get("message")
    kind, at = entry.get("type"), entry.get("timestamp")
    if kind == "system" and entry.get("subtype") == "local_command":
        text = "\n".join(OUTPUT.findall(str(entry.get("content", "")))).strip()
        block = TextBlock(text=text)
        return Message(id=str(entry["uuid"]), role="assistant", content=(block,), created_at=at) if text else None
    if kind not in ("user", "assistant") or not isinstance(body, dict):
        return None
    if body.get("model") == SYNTHETIC_MODEL:
        return None  # what the CLI tells itself when it resumes a turn that was cut short
    content = blocks.from_json(body.get("content"))
    if kind == "assistant":
        return Message(id=str(body.get("id")), role="assistant", content=tuple(content), created_at=at)
    match content:
        case [] | [TextBlock(text=""), *_]:
            return None
        case [TextBlock(text=text), *_] if text.startswith((INTERRUPTED, "<local-command-")):
            return None
        case [TextBlock(text=text)] if command := COMMAND.match(text):
            if command[1] == "/clear":
                return None
            content = [TextBlock(text=" ".join(part for part in command.groups() if part))]
    return Message(id=str(entry.get("uuid")), role="user", content=tuple(content), created_at=at)


def prompt_message(turn_id: str, prompt: str, at: str | None = None) -> Message:
    """A prompt as the message it is."""
    return Message(id=turn_id, role="user", content=(TextBlock(text=prompt),), created_at=at)


def _joined(known: Message | None, more: Message) -> Message:
    if known is None or more.role == "user":
        return more
    return msgspec.structs.replace(known, content=known.content + more.content)


def _begin(turn: TurnRow) -> Iterator[tuple[str, Event]]:
    attachments = tuple(msgspec.convert(list(turn.attachments), list[Attachment]))
    at = turn.started_at or turn.created_at
    yield at, TurnStarted(prompt=turn.prompt, attachments=attachments, turn_id=turn.id)
    yield at, MessageAdded(message=prompt_message(turn.id, turn.prompt, at), turn_id=turn.id)


def _end(turn: TurnRow | None) -> Iterator[tuple[str, Event]]:
    if turn and turn.outcome:
        outcome = msgspec.convert({**turn.outcome, "type": "turn_finished"}, TurnFinished)
        yield turn.finished_at or turn.created_at, msgspec.structs.replace(outcome, turn_id=turn.id)


def _before(waiting: dict[str, TurnRow], turn: TurnRow) -> list[TurnRow]:
    names = list(waiting)
    earlier = [waiting.pop(name) for name in names[: names.index(turn.id)]]
    del waiting[turn.id]
    return earlier


def _stamp(message: Message, event: Event, turn: TurnRow | None) -> tuple[str, Event]:
    return message.created_at or "", msgspec.structs.replace(event, turn_id=turn.id if turn else None)


def _is_results(message: Message) -> bool:
    return all(isinstance(block, ToolResultBlock) for block in message.content)


def _calls(message: Message, entry: TranscriptEntry, turn: TurnRow | None) -> Iterator[tuple[str, Event]]:
    for block in message.content:
        if isinstance(block, ToolUseBlock):
            title = tools.title(block.name, block.input)
            started = ToolStarted(tool_use_id=block.id, name=block.name, input=block.input, title=title)
            yield _stamp(message, started, turn)
        elif isinstance(block, ToolResultBlock):
            finished = ToolFinished(
                tool_use_id=block.tool_use_id,
                is_error=block.is_error,
                content=blocks.shorten(block.content),
                diff=tools.diff_done(entry.get("toolUseResult")),
            )
            yield _stamp(message, finished, turn)
