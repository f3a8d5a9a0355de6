"""Where Hypercorn needs to be stricter than it is: connections that it would hold open for ever, or read for ever."""

from dataclasses import replace

import hypercorn.protocol
from h11 import Request as H11Request
from hypercorn.events import Updated
from hypercorn.protocol import h2, h11, ws_stream
from hypercorn.protocol.events import Event, Request, StreamClosed

LARGEST_MESSAGE = 256 * 1024
"""Bytes of one message from a browser."""


class StrictSocket(ws_stream.WSStream):
    """Hangs up on a bad handshake and on a message that is too long, and takes no compression.

    Hypercorn says 400 or 1009, then keeps the connection, and goes on reading that message into memory for as
    long as the other side sends; and a few compressed kilobytes can be a thousand times as long.
    """

    async def handle(self, event: Event) -> None:
        if isinstance(event, Request):
            plain = [header for header in event.headers if header[0].lower() != b"sec-websocket-extensions"]
            event = replace(event, headers=plain)
        await super().handle(event)
        if self.closed and not isinstance(event, StreamClosed):
            await self._hang_up()

    async def _handle_events(self) -> None:
        await super()._handle_events()
        if self.buffer.length > self.buffer.max_length:
            self.buffer.clear()
            await self._hang_up()

    async def _hang_up(self) -> None:
        if self.closed and self.app_put is not None:
            await self.app_put({"type": "websocket.disconnect", "code": 1006})
        await self.send(StreamClosed(stream_id=self.stream_id))


class StrictH11(h11.H11Protocol):
    """Answers `Upgrade: h2c` in HTTP/1.1, as the standard allows.

    A proxy before us would tunnel the HTTP/2 that follows: its client could then write what only the proxy may,
    such as X-Forwarded-For, past all of the proxy's rules.
    """

    async def _check_protocol(self, event: H11Request) -> None:
        upgrades = [value.strip().lower() for name, value in event.headers if name.strip().lower() == b"upgrade"]
        if b"h2c" not in upgrades:
            await super()._check_protocol(event)


class StrictH2(h2.H2Protocol):
    """Gives up a connection on which nothing is asked; Hypercorn's clock for that starts with the first request."""

    async def initiate(self, headers: list[tuple[bytes, bytes]] | None = None, settings: bytes | None = None) -> None:
        await super().initiate(headers, settings)
        if headers is None:
            await self.send(Updated(idle=True))


def harden() -> None:
    """Makes Hypercorn use the strict ones."""
    for protocol in (h11, h2):
        vars(protocol)["WSStream"] = StrictSocket
    vars(hypercorn.protocol)["H11Protocol"] = StrictH11
    vars(hypercorn.protocol)["H2Protocol"] = StrictH2
