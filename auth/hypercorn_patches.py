"""Patches Hypercorn 0.18: closes connections that it would keep open, and refuses requests that proxies misread."""

from dataclasses import replace

import hypercorn.protocol
from h11 import Request as H11Request
from hypercorn.events import Updated
from hypercorn.protocol import h2, h11, ws_stream
from hypercorn.protocol.events import Event, Request, StreamClosed

MAX_MESSAGE_BYTES = 256 * 1024
"""Bytes of one WebSocket message from a browser."""


class PatchedWebSocket(ws_stream.WSStream):
    """Closes the connection after a failed handshake and a message that is too long, and declines compression.

    Hypercorn answers 400 or 1009 but keeps the connection, and reads the rest of the long message into memory. A few
    compressed kilobytes may expand to a thousand times their size.
    """

    async def handle(self, event: Event) -> None:
        if isinstance(event, Request):
            headers = [header for header in event.headers if header[0].lower() != b"sec-websocket-extensions"]
            event = replace(event, headers=headers)
        await super().handle(event)
        if self.closed and not isinstance(event, StreamClosed):
            await self._disconnect()

    async def _handle_events(self) -> None:
        await super()._handle_events()
        if self.buffer.length > self.buffer.max_length:
            self.buffer.clear()
            await self._disconnect()

    async def _disconnect(self) -> None:
        if self.closed and self.app_put is not None:
            await self.app_put({"type": "websocket.disconnect", "code": 1006})
        await self.send(StreamClosed(stream_id=self.stream_id))


class PatchedH11(h11.H11Protocol):
    """Ignores `Upgrade: h2c` and answers in HTTP/1.1, as the standard allows.

    A proxy in front would tunnel the HTTP/2 that follows an upgrade, so its client could send headers that only the
    proxy may set, such as X-Forwarded-For.
    """

    async def _check_protocol(self, event: H11Request) -> None:
        upgrades = [value.strip().lower() for name, value in event.headers if name.strip().lower() == b"upgrade"]
        if b"h2c" not in upgrades:
            await super()._check_protocol(event)


class PatchedH2(h2.H2Protocol):
    """Closes a connection on which no request arrives. Hypercorn's idle timer starts only with the first request."""

    async def initiate(self, headers: list[tuple[bytes, bytes]] | None = None, settings: bytes | None = None) -> None:
        await super().initiate(headers, settings)
        if headers is None:
            await self.send(Updated(idle=True))


def patch_hypercorn() -> None:
    """Makes Hypercorn use the patched classes."""
    for protocol in (h11, h2):
        vars(protocol)["WSStream"] = PatchedWebSocket
    vars(hypercorn.protocol)["H11Protocol"] = PatchedH11
    vars(hypercorn.protocol)["H2Protocol"] = PatchedH2
