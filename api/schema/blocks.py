"""Messages and their content blocks, as in Anthropic's Messages API."""

from typing import Any, Literal

from api.schema.base import Record


class TextBlock(Record, tag="text"):
    text: str


class ThinkingBlock(Record, tag="thinking"):
    thinking: str


class ToolUseBlock(Record, tag="tool_use"):
    id: str
    name: str
    input: dict[str, Any]  # each tool has its own


class ToolResultBlock(Record, tag="tool_result"):
    tool_use_id: str
    content: str = ""
    """The output as text. Other parts are named in brackets, such as `[image]`."""
    is_error: bool = False


class ImageBlock(Record, tag="image"):
    media_type: str
    name: str = ""


Block = TextBlock | ThinkingBlock | ToolUseBlock | ToolResultBlock | ImageBlock


class Message(Record):
    """A complete message of a conversation."""

    id: str
    role: Literal["user", "assistant"]
    content: tuple[Block, ...]
    parent_tool_use_id: str | None = None
    """In messages of a subagent: the id of the tool call that started it."""
    created_at: str | None = None
    """ISO 8601 UTC; only in `GET /sessions/{id}/messages`."""
