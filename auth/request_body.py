"""Reads what a caller sends, up to a limit, without holding more of it than is being passed on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from quart import Request
from quart.asgi import ASGIHTTPConnection
from quart.wrappers.request import Body

from auth.errors import RefusedError

STALL = 30.0
"""Seconds for a whole small body, or between two pieces of an upload; then the caller is given up."""
READ_AHEAD = 256 * 1024
"""Bytes taken from the network before anybody wanted them."""
_DISCARD = 16 * 1024 * 1024
"""Bytes of an unwanted body that are read so that the refusal arrives; then the connection is cut."""
_DISCARD_SECONDS = 3.0


def too_large(most: int) -> RefusedError:
    """The refusal of a body over the limit."""
    size = f"{most // 1024 // 1024} MiB" if most >= 1024 * 1024 else f"{most // 1024} KiB"
    return RefusedError(413, "too_large", f"Request body too large. Maximum {size}")


def _stalled() -> RefusedError:
    return RefusedError(408, "body_stalled", "The request's body did not arrive")


async def stream_body(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body as it comes.

    Raises:
        RefusedError: it is over the limit, or stalls.
    """
    if (request.content_length or 0) > most:
        raise too_large(most)
    total = 0
    chunks = aiter(request.body)
    while True:
        try:
            async with asyncio.timeout(STALL):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _stalled() from None
        total += len(chunk)
        if total > most:
            raise too_large(most)
        yield chunk


async def read_body(request: Request, most: int) -> bytes:
    """The whole body.

    Raises:
        RefusedError: it is over the limit, or stalls.
    """
    try:
        async with asyncio.timeout(STALL):
            return b"".join([chunk async for chunk in stream_body(request, most)])
    except TimeoutError:
        raise _stalled() from None


async def discard(request: Request) -> None:
    """Reads on for a moment after a refusal: hanging up at once would tear the answer down with the rest."""
    total = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DISCARD_SECONDS):
            async for chunk in request.body:
                total += len(chunk)
                if total > _DISCARD:
                    return


class RoomyBody(Body):
    """A body that tells when there is room for more of it."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._taken = asyncio.Event()

    async def __anext__(self) -> bytes:
        chunk = await super().__anext__()
        self._taken.set()
        return chunk

    async def room(self) -> None:
        """Waits until little enough is waiting to be taken."""
        while len(self._data) > READ_AHEAD:
            self._taken.clear()
            await self._taken.wait()


class PatientConnection(ASGIHTTPConnection):
    """Quart's connection, which takes from the network only what the handler keeps up with."""

    async def handle_messages(self, request: Request, receive) -> None:  # type: ignore[no-untyped-def] # as in Quart
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            request.body.append(message.get("body", b""))
            if not message.get("more_body", False):
                request.body.set_complete()
            if isinstance(request.body, RoomyBody):
                await request.body.room()
