"""Reads request bodies up to a limit, and limits how much is buffered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from quart import Request
from quart.asgi import ASGIHTTPConnection
from quart.wrappers.request import Body

from auth.errors import BodyStalledError, BodyTooLargeError

STALL_SECONDS = 30.0
"""Seconds for a whole small body, or between two chunks of an upload."""
BUFFER_BYTES = 256 * 1024
"""Bytes received before the handler reads them."""
DISCARD_BYTES = 16 * 1024 * 1024
"""Bytes of an unwanted body that are read before the connection is closed."""
DISCARD_SECONDS = 3.0


async def stream_body(request: Request, max_bytes: int) -> AsyncIterator[bytes]:
    """The chunks of the body as they arrive.

    Raises:
        BodyTooLargeError: it is over the limit.
        BodyStalledError: the next chunk does not arrive in time.
    """
    if (request.content_length or 0) > max_bytes:
        raise BodyTooLargeError(max_bytes)
    total = 0
    chunks = aiter(request.body)
    while True:
        try:
            async with asyncio.timeout(STALL_SECONDS):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise BodyStalledError from None
        total += len(chunk)
        if total > max_bytes:
            raise BodyTooLargeError(max_bytes)
        yield chunk


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body.

    Raises:
        BodyTooLargeError: it is over the limit.
        BodyStalledError: it does not arrive in time.
    """
    try:
        async with asyncio.timeout(STALL_SECONDS):
            return b"".join([chunk async for chunk in stream_body(request, max_bytes)])
    except TimeoutError:
        raise BodyStalledError from None


async def discard_body(request: Request) -> None:
    """Reads the rest of a refused request's body: closing the connection at once could lose the response."""
    total = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            async for chunk in request.body:
                total += len(chunk)
                if total > DISCARD_BYTES:
                    return


class BufferedBody(Body):
    """Quart's body with a limit on the bytes that are not yet read."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._read = asyncio.Event()

    async def __anext__(self) -> bytes:
        chunk = await super().__anext__()
        self._read.set()
        return chunk

    async def wait_for_space(self) -> None:
        """Waits until at most BUFFER_BYTES are unread."""
        while len(self._data) > BUFFER_BYTES:
            self._read.clear()
            await self._read.wait()


class BackpressureConnection(ASGIHTTPConnection):
    """Quart's connection, which receives only as fast as the handler reads."""

    async def handle_messages(self, request: Request, receive) -> None:  # type: ignore[no-untyped-def] # as in Quart
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            request.body.append(message.get("body", b""))
            if not message.get("more_body", False):
                request.body.set_complete()
            if isinstance(request.body, BufferedBody):
                await request.body.wait_for_space()
