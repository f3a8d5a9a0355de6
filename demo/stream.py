"""Encodes an answer as Anthropic's server-sent events, or as one JSON message."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import msgspec

from demo.answer import Answer, Call, Part, Text, Thinking
from demo.request import MessagesRequest

SIGNATURE = "ZGVtbw=="
"""A placeholder for the real API's signature of thinking."""

_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Envelope:
    """The metadata of an answer: its id, the model, and the tokens of the request."""

    model: str
    input_tokens: int
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    id: str = field(default_factory=lambda: f"msg_{uuid4().hex[:24]}")

    @classmethod
    def of(cls, request: MessagesRequest, size: int) -> "Envelope":
        """Counts one token for four bytes, and everything except the last message as cached.

        Args:
            size: the size of the request's body in bytes.
        """
        fresh = len(_encode(request.messages[-1:])) // 4 + 1
        cached = max(0, size // 4 - fresh)
        if any(message.role == "assistant" for message in request.messages):
            return cls(request.model, fresh, cache_read_input_tokens=cached)
        return cls(request.model, fresh, cache_creation_input_tokens=cached)

    def message(self, content: list[object], stop_reason: str | None, output_tokens: int) -> dict[str, object]:
        """Returns the API's message object."""
        usage = {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": self.cache_creation_input_tokens,
            "cache_read_input_tokens": self.cache_read_input_tokens,
            "output_tokens": output_tokens,
        }
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": usage,
        }


def whole(answer: Answer, envelope: Envelope) -> bytes:
    """Encodes the answer to a request without `stream`."""
    blocks = [_block(part) for part in answer.parts]
    return _encode(envelope.message(list(blocks), answer.stop_reason, _output_tokens(answer)))


def chunks(answer: Answer, envelope: Envelope) -> Iterator[bytes]:
    """Yields the answer as event-stream bytes, one chunk for each delta."""
    pending = _event("message_start", message=envelope.message([], None, 1))
    for index, part in enumerate(answer.parts):
        pending += _event("content_block_start", index=index, content_block=_opened(part))
        for delta in _deltas(part, index):
            yield pending + delta
            pending = b""
        pending += _event("content_block_stop", index=index)
    if answer.is_cut:
        return
    stopped = {"stop_reason": answer.stop_reason, "stop_sequence": None}
    pending += _event("message_delta", delta=stopped, usage={"output_tokens": _output_tokens(answer)})
    yield pending + _event("message_stop")


def _event(kind: str, **fields: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), _encode({"type": kind, **fields}))


def _deltas(part: Part, index: int) -> Iterator[bytes]:
    match part:
        case Text(pieces):
            head = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,' % index
            head += b'"delta":{"type":"text_delta","text":'
            for piece in pieces:
                yield head + _encode(piece) + b"}}\n\n"
        case Thinking(text):
            thought = {"type": "thinking_delta", "thinking": text}
            yield _event("content_block_delta", index=index, delta=thought)
            signed = {"type": "signature_delta", "signature": SIGNATURE}
            yield _event("content_block_delta", index=index, delta=signed)
        case Call(_, tool_input):
            arguments = {"type": "input_json_delta", "partial_json": _encode(tool_input).decode()}
            yield _event("content_block_delta", index=index, delta=arguments)


def _opened(part: Part) -> dict[str, object]:
    match part:
        case Text():
            return {"type": "text", "text": ""}
        case Thinking():
            return {"type": "thinking", "thinking": "", "signature": ""}
        case Call(name, _):
            return {"type": "tool_use", "id": f"toolu_{uuid4().hex[:24]}", "name": name, "input": {}}


def _block(part: Part) -> dict[str, object]:
    match part:
        case Text(pieces):
            return {"type": "text", "text": "".join(pieces)}
        case Thinking(text):
            return {"type": "thinking", "thinking": text, "signature": SIGNATURE}
        case Call(_, tool_input):
            return {**_opened(part), "input": tool_input}


def _output_tokens(answer: Answer) -> int:
    return 1 + sum(len(part.pieces) if isinstance(part, Text) else len(str(part)) // 4 for part in answer.parts)
