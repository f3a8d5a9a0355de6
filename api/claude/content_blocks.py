"""Converts content blocks of the SDK and of transcripts."""

from collections.abc import Iterable, Mapping
from typing import Any

import claude_agent_sdk as sdk

from api.schema import Block, ImageBlock, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock

MAX_OUTPUT = 16_384
"""Characters of a tool's output in an event. `GET /sessions/{id}/messages` has all of it."""


def from_sdk(blocks: Iterable[sdk.ContentBlock]) -> list[Block]:
    """The blocks of a message from the SDK."""
    return [block for block in map(_from_sdk, blocks) if block is not None]


def _from_sdk(block: sdk.ContentBlock) -> Block | None:
    match block:
        case sdk.TextBlock(text=text):
            return TextBlock(text=text)
        case sdk.ThinkingBlock(thinking=thinking):
            return ThinkingBlock(thinking=thinking)
        case sdk.ToolUseBlock() | sdk.ServerToolUseBlock():
            return ToolUseBlock(id=block.id, name=block.name, input=block.input)
        case sdk.ToolResultBlock() | sdk.ServerToolResultBlock():
            is_error = bool(getattr(block, "is_error", False))
            return ToolResultBlock(tool_use_id=block.tool_use_id, content=as_text(block.content), is_error=is_error)


def from_json(content: object) -> list[Block]:
    """The blocks of a message from a transcript: a text, or a list in the form of the Messages API."""
    if isinstance(content, str):
        return [TextBlock(text=content)]
    blocks = [_from_json(part) for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    return [block for block in blocks if block is not None]


def _from_json(part: Mapping[str, Any]) -> Block | None:
    match part:
        case {"type": "text", "text": str(text)}:
            return TextBlock(text=text)
        case {"type": "thinking", "thinking": str(thinking)}:
            return ThinkingBlock(thinking=thinking)
        case {"type": "tool_use" | "server_tool_use", "id": str(call), "name": str(name)}:
            given = part.get("input")
            return ToolUseBlock(id=call, name=name, input=given if isinstance(given, dict) else {})
        case {"tool_use_id": str(call)}:
            is_error = bool(part.get("is_error"))
            return ToolResultBlock(tool_use_id=call, content=as_text(part.get("content")), is_error=is_error)
        case {"type": "image", "source": {"media_type": str(media_type)}}:
            return ImageBlock(media_type=media_type)
        case {"type": str(kind)}:
            return TextBlock(text=f"[{kind}]")
    return None


def as_text(content: object) -> str:
    """A tool's output as text. Other parts are named in brackets."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_part_as_text(part) for part in content)
    return "" if content is None else str(content)


def _part_as_text(part: object) -> str:
    match part:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "tool_reference", "tool_name": str(name)}:
            return f"[tool {name}]"
        case {"type": str(kind)}:
            return f"[{kind}]"
    return str(part)


def shorten(text: str, limit: int = MAX_OUTPUT) -> str:
    """The text, or its beginning and end around a line that says how much is left out."""
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    return f"{text[:head]}\n… {len(text) - head - tail} characters left out …\n{text[-tail:]}"
