"""A session's events, for ever: a lost connection is made again and goes on after the last event seen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import msgspec

from api.schema import Event, parse_event
from tui.client.transport import Transport, refusal
from tui.errors import RefusedError

FIRST_WAIT = 0.25
LONGEST_WAIT = 5.0
TAIL = 150
"""Messages of the past that come at first; older ones are asked for when somebody scrolls up to them."""
SILENCE = 40.0
"""Seconds; the api sends a comment line every 15, so this long a silence is a dead connection."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone; the next try follows in `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Connected:
    """The connection stands."""


async def follow(
    wire: Transport, session_id: str, after: Callable[[], int]
) -> AsyncIterator[Event | Disconnected | Connected]:
    """Everything that happens in the session.

    Args:
        after: the last seq that was taken in, asked at each connection.

    Raises:
        RefusedError: the session is gone, or was never this user's.
    """
    import httpx2

    wait = FIRST_WAIT
    while True:
        try:
            async for event in _connection(wire, session_id, after()):
                wait = FIRST_WAIT
                yield event
        except RefusedError as error:
            if error.status in (400, 401, 403, 404):
                raise
        except httpx2.TransportError:
            pass
        yield Disconnected(wait)
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def _connection(wire: Transport, session_id: str, after: int) -> AsyncIterator[Event | Connected]:
    import httpx2

    timeout = httpx2.Timeout(5.0, read=SILENCE)
    path = f"/sessions/{session_id}/events"
    params = {"after": after} if after else {"tail": TAIL}
    async with wire.http.stream("GET", path, params=params, timeout=timeout) as response:
        if response.is_error:
            await response.aread()
            raise refusal(response)
        yield Connected()
        async for frame in httpx2.EventSource(response, max_event_size=None):
            try:
                event = parse_event(frame.event, frame.data)
            except msgspec.ValidationError:
                continue  # a newer server's event; what we cannot read we do not show
            if event is not None:
                yield event
