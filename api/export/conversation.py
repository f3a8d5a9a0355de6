"""A conversation as a reader sees it: what was said and thought, and each tool's call beside its output."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from api.claude.tools import title as title_of
from api.schema import ImageBlock, Message, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person or Claude said, in Markdown."""

    role: Literal["user", "assistant"]
    text: str
    at: str | None
    kind: Literal["said"] = "said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """What Claude thought before it answered."""

    text: str
    kind: Literal["thought"] = "thought"


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A tool's call, and what came of it."""

    title: str
    name: str
    input: dict[str, Any]  # each tool has its own
    output: str | None
    """None while there is none."""
    is_error: bool
    inside: bool
    """A subagent called it."""
    kind: Literal["called"] = "called"


Part = Said | Thought | Called


def parts_of(messages: Iterable[Message]) -> list[Part]:
    """The conversation in reading order."""
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
                yield Said(role=message.role, text=text, at=message.created_at)
            case ThinkingBlock(thinking=text) if text.strip():
                yield Thought(text=text)
            case ImageBlock(name=name, media_type=media_type):
                yield Said(role=message.role, text=f"[image: {name or media_type}]", at=message.created_at)
            case ToolUseBlock():
                result = results.get(block.id)
                yield Called(
                    title=title_of(block.name, block.input),
                    name=block.name,
                    input=block.input,
                    output=result.content if result else None,
                    is_error=bool(result and result.is_error),
                    inside=message.parent_tool_use_id is not None,
                )
            case _:
                continue
