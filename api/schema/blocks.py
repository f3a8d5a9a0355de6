"""Messages and the blocks they are made of, in the shapes of Anthropic's Messages API."""

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
    """The output as text; parts that are not text are named in brackets, such as `[image]`."""
    is_error: bool = False


class ImageBlock(Record, tag="image"):
    media_type: str
    name: str = ""


Block = TextBlock | ThinkingBlock | ToolUseBlock | ToolResultBlock | ImageBlock


class Message(Record):
    """One whole message of a conversation."""

    id: str
    role: Literal["user", "assistant"]
    content: tuple[Block, ...]
    parent_tool_use_id: str | None = None
    """Set when a subagent wrote it: the id of the call that started the subagent."""
    created_at: str | None = None
    """ISO 8601 UTC; present in `GET /sessions/{id}/messages`."""
