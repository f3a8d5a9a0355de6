"""Builds the messages of a conversation from Claude Code's transcript and the stored turns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from api.claude import content_blocks
from api.claude.translate import SYNTHETIC_MODEL
from api.events import shell_events
from api.events.turn_boundaries import TASK_ENDED
from api.schema import Message, TextBlock
from api.storage import TurnRow

TranscriptEntry = Mapping[str, Any]  # not typed by the SDK
COMMAND = re.compile(r"<command-name>(.*?)</command-name>.*?(?:<command-args>(.*?)</command-args>)?\s*$", re.DOTALL)
OUTPUT = re.compile(r"<local-command-std(?:out|err)>(.*?)</local-command-std(?:out|err)>", re.DOTALL)
NOT_WRITTEN_BY_USER = ("[Request interrupted by user", "<local-command-", TASK_ENDED)
"""Beginnings of user messages that Claude Code itself has written."""
LEFT_OUT = ("isMeta", "isSidechain", "isCompactSummary", "isApiErrorMessage")


def messages(entries: Iterable[TranscriptEntry], turns: Sequence[TurnRow]) -> list[Message]:
    """The conversation as whole messages, oldest first, with the outputs of tools."""
    known: dict[str, Message] = {}
    waiting = {turn.id: turn for turn in turns}
    for entry in entries:
        if (message := message_of(entry)) is None:
            continue
        if turn := waiting.get(message.id):
            for earlier in before(waiting, turn):
                known |= _messages_of_row(earlier)
            message = prompt_message(turn.id, turn.prompt, turn.started_at)
        known[message.id] = joined(known.get(message.id), message)
    for left in waiting.values():
        known |= _messages_of_row(left)
    return list(known.values())


def before(waiting: dict[str, TurnRow], turn: TurnRow) -> list[TurnRow]:
    """Removes a turn that the transcript has reached, and returns the removed turns before it, which have no entry."""
    names = list(waiting)
    earlier = [waiting.pop(name) for name in names[: names.index(turn.id)]]
    del waiting[turn.id]
    return earlier


def _messages_of_row(turn: TurnRow) -> dict[str, Message]:
    """The messages of a turn that has no entry in the transcript; none if it is autonomous."""
    if turn.is_autonomous:
        return {}
    found = [prompt_message(turn.id, turn.prompt, turn.started_at), *shell_events.messages(turn)]
    return {message.id: message for message in found}


def message_of(entry: TranscriptEntry) -> Message | None:
    """The message in a transcript entry; None if there is none."""
    return None if any(entry.get(mark) for mark in LEFT_OUT) else any_message_of(entry)


def any_message_of(entry: TranscriptEntry) -> Message | None:
    """The message in an entry of a subagent's transcript, where all entries are marked as outside the conversation."""
    body = entry.get("message")
    kind, at = entry.get("type"), entry.get("timestamp")
    if kind == "system" and entry.get("subtype") == "local_command":
        text = "\n".join(OUTPUT.findall(str(entry.get("content", "")))).strip()
        block = TextBlock(text=text)
        return Message(id=str(entry["uuid"]), role="assistant", content=(block,), created_at=at) if text else None
    if kind not in ("user", "assistant") or not isinstance(body, dict):
        return None
    if body.get("model") == SYNTHETIC_MODEL:
        return None  # written by Claude Code when it resumes a turn that was cut short
    content = content_blocks.from_json(body.get("content"))
    if kind == "assistant":
        return Message(id=str(body.get("id")), role="assistant", content=tuple(content), created_at=at)
    match content:
        case [] | [TextBlock(text=""), *_]:
            return None
        case [TextBlock(text=text), *_] if text.startswith(NOT_WRITTEN_BY_USER):
            return None
        case [TextBlock(text=text)] if command := COMMAND.match(text):
            if command[1] == "/clear":
                return None
            content = [TextBlock(text=" ".join(part for part in command.groups() if part))]
    readable = tuple(shell_events.readable(block) if isinstance(block, TextBlock) else block for block in content)
    return Message(id=str(entry.get("uuid")), role="user", content=readable, created_at=at)


def prompt_message(turn_id: str, prompt: str, at: str | None = None) -> Message:
    """A prompt as a message."""
    return Message(id=turn_id, role="user", content=(TextBlock(text=prompt),), created_at=at)


def joined(known: Message | None, more: Message) -> Message:
    """Adds blocks to a message: Claude Code writes each block of an answer as a separate entry."""
    if known is None or more.role == "user":
        return more
    return msgspec.structs.replace(known, content=known.content + more.content)
