"""Where Hypercorn needs to be stricter about WebSockets than it is."""

from dataclasses import replace

from hypercorn.protocol import h2, h11, ws_stream
from hypercorn.protocol.events import Event, Request, StreamClosed

LARGEST_MESSAGE = 256 * 1024
"""Bytes of one message from a browser."""


class StrictStream(ws_stream.WSStream):
    """Hangs up on a message that is too long, and takes no compression.

    Hypercorn says 1009 and then goes on reading that message into memory for as long as the other side sends;
    and a few compressed kilobytes can be a thousand times as long.
    """

    async def handle(self, event: Event) -> None:
        if isinstance(event, Request):
            plain = [header for header in event.headers if header[0].lower() != b"sec-websocket-extensions"]
            event = replace(event, headers=plain)
        await super().handle(event)

    async def _handle_events(self) -> None:
        await super()._handle_events()
        if self.buffer.length > self.buffer.max_length:
            self.buffer.clear()
            await self.send(StreamClosed(stream_id=self.stream_id))


def harden() -> None:
    """Makes Hypercorn use the strict stream."""
    for protocol in (h11, h2):
        vars(protocol)["WSStream"] = StrictStream
