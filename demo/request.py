"""A request to the Messages API, as far as the demo model reads it."""

from typing import Any

import msgspec


class Block(msgspec.Struct, frozen=True):
    """One content block; which fields are set depends on `type`."""

    type: str
    text: str = ""
    id: str = ""
    name: str = ""
    input: dict[str, Any] = {}  # each tool has its own
    tool_use_id: str = ""
    content: str | list["Block"] | dict[str, Any] | None = None  # a tool result's; other kinds bring objects
    is_error: bool = False


class Message(msgspec.Struct, frozen=True):
    role: str
    content: str | list[Block]

    @property
    def blocks(self) -> list[Block]:
        """The content as blocks; a plain string is one text block."""
        return [Block(type="text", text=self.content)] if isinstance(self.content, str) else self.content


class Tool(msgspec.Struct, frozen=True):
    name: str
    input_schema: dict[str, Any] = {}  # a JSON Schema


class ToolChoice(msgspec.Struct, frozen=True):
    type: str
    name: str = ""


class Format(msgspec.Struct, frozen=True):
    schema: dict[str, Any] = {}  # a JSON Schema


class OutputConfig(msgspec.Struct, frozen=True):
    format: Format | None = None


class MessagesRequest(msgspec.Struct, frozen=True):
    """The body of `POST /v1/messages` and `POST /v1/messages/count_tokens`."""

    model: str
    messages: list[Message]
    system: str | list[Block] = ""
    tools: list[Tool] = []
    tool_choice: ToolChoice | None = None
    output_config: OutputConfig | None = None
    stream: bool = False


_DECODER = msgspec.json.Decoder(MessagesRequest)


def parse_request(raw: bytes) -> MessagesRequest:
    """The request in a body.

    Raises:
        msgspec.DecodeError: it is not JSON, or not of this shape.
    """
    return _DECODER.decode(raw)
