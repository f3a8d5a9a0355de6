"""Streamed answers."""

from collections.abc import AsyncIterator

from quart import Response, request

from api.http.openapi_descriptions import EVENT_STREAM, TEXT

ACCEPTS_STREAM = {"Accept": (TEXT, f"`{EVENT_STREAM}` for the events as they happen.")}


def wants_stream() -> bool:
    """Whether the caller asked for events instead of one answer."""
    return request.accept_mimetypes.quality(EVENT_STREAM) > request.accept_mimetypes.quality("application/json")


def stream(frames: AsyncIterator[bytes], *, first: bytes = b"") -> Response:
    """The frames as an answer that goes on until either side ends it.

    Args:
        first: what was already taken from the frames.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = Response(_all(frames, first), content_type=EVENT_STREAM, headers=headers)
    response.timeout = None
    return response


async def _all(frames: AsyncIterator[bytes], first: bytes) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for frame in frames:
        yield frame
