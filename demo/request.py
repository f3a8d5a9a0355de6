"""The parts of a Messages API request that the demo model reads."""

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
    content: str | list["Block"] | dict[str, Any] | None = None  # of a tool result; other types may have an object
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
    """Decodes the body of a request.

    Raises:
        msgspec.DecodeError: it is not JSON, or does not have this structure.
    """
    return _DECODER.decode(raw)
