"""Builds JSON answers and event streams."""

from collections.abc import AsyncIterator

from quart import Response, request

from api.http.openapi_descriptions import EVENT_STREAM, TEXT
from api.schema import encode

ACCEPTS_STREAM = {"Accept": (TEXT, f"`{EVENT_STREAM}` for a stream of events.")}
"""The description of the request header that `wants_stream` reads."""


def json_response(body: object, status: int = 200) -> Response:
    """An answer with a record, or any other JSON value, as compact JSON."""
    return Response(encode(body), status, content_type="application/json")


def wants_stream() -> bool:
    """Whether the caller asks for a stream of events instead of one JSON answer."""
    return request.accept_mimetypes.quality(EVENT_STREAM) > request.accept_mimetypes.quality("application/json")


def event_stream(frames: AsyncIterator[bytes], *, first: bytes = b"") -> Response:
    """An answer that sends frames of server-sent events until either side closes it.

    Args:
        first: a frame that was already taken from `frames`.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = Response(_with_first(frames, first), content_type=EVENT_STREAM, headers=headers)
    response.timeout = None
    return response


async def _with_first(frames: AsyncIterator[bytes], first: bytes) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for frame in frames:
        yield frame
