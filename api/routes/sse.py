"""Streamed answers."""

from collections.abc import AsyncIterator

from quart import Response, request

EVENT_STREAM = "text/event-stream"


def wants_stream() -> bool:
    """Whether the caller asked for events instead of one answer."""
    return request.accept_mimetypes.quality(EVENT_STREAM) > request.accept_mimetypes.quality("application/json")


def stream(frames: AsyncIterator[bytes]) -> Response:
    """The frames as an answer that goes on until either side ends it."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = Response(frames, content_type=EVENT_STREAM, headers=headers)
    response.timeout = None
    return response
