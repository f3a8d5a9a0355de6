"""A gateway for tests: a TCP port in front of serve's socket that names the user and can break connections."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.network import copy_bytes

USER = "ann@example.com"


@dataclass(slots=True)
class FakeGateway:
    upstream: Path | int
    """The socket of serve, or the port of a whole deployment, which authenticates its own users."""
    user: str = USER
    notice: str = ""
    port: int = 0
    _streams: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _uplink: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while bytes from the browser are passed on: always."""
    _downlink: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Listens, on the same port as before if it was open before."""
        self._uplink.set()
        self._downlink.set()
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Breaks every connection."""
        for stream in list(self._streams):
            stream.transport.abort()

    async def close(self) -> None:
        """Breaks every connection and accepts no new ones."""
        if self._server:
            self._server.close()
        self.cut()

    def stall(self) -> None:
        """Stops passing on what serve sends."""
        self._downlink.clear()

    def resume(self) -> None:
        self._downlink.set()

    async def _connect_upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.upstream, int):
            return await asyncio.open_connection("127.0.0.1", self.upstream)
        return await asyncio.open_unix_connection(str(self.upstream))

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await self._connect_upstream()
        except OSError:
            writer.close()
            return
        self._streams |= {writer, upstream_writer}
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                upstream_writer.write(self._add_headers(await reader.readuntil(b"\r\n\r\n")))
                async with asyncio.TaskGroup() as group:
                    group.create_task(copy_bytes(reader, upstream_writer, self._uplink))
                    group.create_task(copy_bytes(upstream_reader, writer, self._downlink))
        finally:
            self._streams -= {writer, upstream_writer}
            writer.close()
            upstream_writer.close()

    def _add_headers(self, head: bytes) -> bytes:
        first, rest = head.split(b"\r\n", 1)
        added = f"X-Forwarded-User: {self.user}\r\n"
        if self.notice:
            added += f"X-FakeGateway-Notice: {self.notice}\r\n"
        if b"upgrade: websocket" not in head.lower():
            rest = rest.replace(b"Connection: keep-alive", b"Connection: close")
        return first + b"\r\n" + added.encode() + rest
