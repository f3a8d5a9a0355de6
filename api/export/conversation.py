"""The parts of a conversation in reading order: texts, thinking, and tool calls with their output."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from api.claude.tools import title as title_of
from api.schema import ImageBlock, Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of the user or of Claude, in Markdown."""

    role: Literal["user", "assistant"]
    text: str
    at: str | None
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """Claude's thinking before it answers."""

    text: str
    kind: Literal["thinking"] = "thinking"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call of a tool, with its output."""

    title: str
    name: str
    input: dict[str, Any]  # each tool has its own
    output: str | None
    """None before the tool has finished."""
    is_error: bool
    is_of_subagent: bool
    kind: Literal["tool"] = "tool"


Part = Text | Thinking | ToolCall


def parts_of(messages: Iterable[Message]) -> list[Part]:
    """The parts of the messages, each tool call with the output from a later message."""
    messages = list(messages)
    results = {
        block.tool_use_id: block
        for message in messages
        for block in message.content
        if isinstance(block, ToolResultBlock)
    }
    return [part for message in messages for part in _parts(message, results)]


def _parts(message: Message, results: dict[str, ToolResultBlock]) -> Iterator[Part]:
    for block in message.content:
        match block:
            case TextBlock(text=text) if text.strip():
                yield Text(role=message.role, text=text, at=message.created_at)
            case ThinkingBlock(thinking=text) if text.strip():
                yield Thinking(text=text)
            case ImageBlock(name=name, media_type=media_type):
                yield Text(role=message.role, text=f"[image: {name or media_type}]", at=message.created_at)
            case ToolUseBlock():
                result = results.get(block.id)
                yield ToolCall(
                    title=title_of(block.name, block.input),
                    name=block.name,
                    input=block.input,
                    output=result.content if result else None,
                    is_error=bool(result and result.is_error),
                    is_of_subagent=message.parent_tool_use_id is not None,
                )
            case _:
                continue
