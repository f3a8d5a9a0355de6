"""The HTTP server of the demo model."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart import Quart, Response, request
from quart.asgi import ASGIHTTPConnection

from demo.answer import Answer, Refusal, Silence
from demo.model import reply
from demo.refusal import error_body, refuse
from demo.request import parse_request
from demo.stream import Envelope, chunks, whole

MAX_BODY = 64 * 1024 * 1024
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")


class CutError(Exception):
    """The answer ends here, in the middle of its body."""


class CuttableConnection(ASGIHTTPConnection):
    """Closes the connection without the end of the body if the answer raises CutError."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        try:
            await super().__call__(receive, send)
        except CutError:
            return


def create_app() -> Quart:
    """Creates the demo model's ASGI application."""
    app = Quart(__name__, static_folder=None)
    app.asgi_http_class = CuttableConnection
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.add_url_rule("/", view_func=_ready)
    app.add_url_rule("/v1/messages", view_func=_messages, methods=["POST"])
    app.add_url_rule("/v1/messages/count_tokens", view_func=_count_tokens, methods=["POST"])
    app.add_url_rule("/v1/models", view_func=_models)
    app.register_error_handler(msgspec.DecodeError, _malformed)
    app.register_error_handler(404, _not_found)
    return app


async def _ready() -> Response:
    return _json({"status": "ready", "model": "demo"})


async def _messages() -> Response:
    raw = await request.get_data(False, False, False)
    parsed = parse_request(raw)
    answer = reply(parsed)
    if isinstance(answer, Refusal):
        body, status, headers = refuse(answer)
        return Response(body, status=status, headers=headers)
    if isinstance(answer, Silence):
        return _endless(_silence())
    envelope = Envelope.of(parsed, len(raw))
    if parsed.stream:
        return _endless(_paced(answer, envelope))
    return _endless(_broken()) if answer.is_cut else Response(whole(answer, envelope), content_type="application/json")


async def _count_tokens() -> Response:
    raw = await request.get_data(False, False, False)
    parse_request(raw)
    return _json({"input_tokens": len(raw) // 4 + 1})


async def _models() -> Response:
    data = [
        {"type": "model", "id": name, "display_name": f"Demo ({name})", "created_at": "2026-01-01T00:00:00Z"}
        for name in MODELS
    ]
    return _json({"data": data, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]})


async def _malformed(error: Exception) -> Response:
    return Response(error_body("invalid_request_error", str(error)), status=400, content_type="application/json")


async def _not_found(_: Exception) -> Response:
    return Response(error_body("not_found_error", "Not found"), status=404, content_type="application/json")


async def _paced(answer: Answer, envelope: Envelope) -> AsyncIterator[bytes]:
    if answer.delay:
        clock = asyncio.get_running_loop()
        due = clock.time()
        for chunk in chunks(answer, envelope):
            yield chunk
            due += answer.delay
            await asyncio.sleep(due - clock.time())
    else:
        yield b"".join(chunks(answer, envelope))
    if answer.is_cut:
        raise CutError


async def _silence() -> AsyncIterator[bytes]:
    yield b""  # sends the headers
    await asyncio.Event().wait()


async def _broken() -> AsyncIterator[bytes]:
    yield b'{"id":'
    raise CutError


def _endless(body: AsyncIterator[bytes]) -> Response:
    response = Response(body, content_type="text/event-stream; charset=utf-8", headers={"cache-control": "no-cache"})
    response.timeout = None
    return response


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), content_type="application/json")
