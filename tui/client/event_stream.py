"""Follows a session's events; when the connection is lost, reconnects and continues after the last handled event."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from api.schema import Event, parse_event
from tui.client.transport import Transport, error_from
from tui.errors import RefusedError

FIRST_RETRY_SECONDS = 0.25
MAX_RETRY_SECONDS = 5.0
FIRST_MESSAGES = 150
"""How many past messages are loaded first; older ones are loaded when the user scrolls up."""
READ_TIMEOUT_SECONDS = 40.0
"""Seconds without data after which the connection counts as lost; the api sends a comment every 15."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is lost."""

    seconds: float
    """Seconds until the next attempt."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The connection is made."""


async def follow(
    transport: Transport, session_id: str, last_seq: Callable[[], int]
) -> AsyncGenerator[Event | Disconnected | Connected, None]:
    """Yields everything that happens in the session.

    Args:
        last_seq: called at each connection for the number of the last event that was handled.

    Raises:
        RefusedError: the request is not allowed, or the user has no such session. Other refusals are retried.
    """
    import httpx2

    wait = FIRST_RETRY_SECONDS
    while True:
        try:
            async with aclosing(_connect(transport, session_id, last_seq())) as events:
                async for event in events:
                    wait = FIRST_RETRY_SECONDS
                    yield event
        except RefusedError as error:
            if error.status in (400, 401, 403, 404):
                raise
        except httpx2.TransportError:
            pass
        yield Disconnected(wait)
        await asyncio.sleep(wait)
        wait = min(wait * 2, MAX_RETRY_SECONDS)


async def _connect(transport: Transport, session_id: str, after: int) -> AsyncGenerator[Event | Connected, None]:
    import httpx2

    timeout = httpx2.Timeout(5.0, read=READ_TIMEOUT_SECONDS)
    path = f"/sessions/{session_id}/events"
    params = {"after": after} if after else {"tail": FIRST_MESSAGES}
    async with transport.http.stream("GET", path, params=params, timeout=timeout) as response:
        if response.is_error:
            await response.aread()
            raise error_from(response)
        yield Connected()
        async for frame in httpx2.EventSource(response, max_event_size=None):
            try:
                event = parse_event(frame.event, frame.data)
            except msgspec.ValidationError:
                continue  # from a newer server
            if event is not None:
                yield event
