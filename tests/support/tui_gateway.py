"""A door for tests: a TCP port before serve's socket, which names the user and breaks connections as networks do."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.network import copy_bytes

USER = "ann@example.com"


@dataclass(slots=True)
class Door:
    upstream: Path | int
    """The socket of serve, or the port of a whole deployment, which knows its users by itself."""
    user: str = USER
    notice: str = ""
    port: int = 0
    _streams: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _free: asyncio.Event = field(default_factory=asyncio.Event)
    """What the browser sends always flows."""
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Listens, on the same port as before if there was one."""
        self._free.set()
        self._flowing.set()
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Breaks every connection."""
        for stream in list(self._streams):
            stream.transport.abort()

    async def shut(self) -> None:
        """Breaks every connection and lets nobody in."""
        if self._server:
            self._server.close()
        self.cut()

    def stall(self) -> None:
        """Stops reading what serve sends."""
        self._flowing.clear()

    def flow(self) -> None:
        self._flowing.set()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.upstream, int):
            return await asyncio.open_connection("127.0.0.1", self.upstream)
        return await asyncio.open_unix_connection(str(self.upstream))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            above_reader, above_writer = await self._reach()
        except OSError:
            writer.close()
            return
        self._streams |= {writer, above_writer}
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                above_writer.write(self._introduce(await reader.readuntil(b"\r\n\r\n")))
                async with asyncio.TaskGroup() as group:
                    group.create_task(copy_bytes(reader, above_writer, self._free))
                    group.create_task(copy_bytes(above_reader, writer, self._flowing))
        finally:
            self._streams -= {writer, above_writer}
            writer.close()
            above_writer.close()

    def _introduce(self, head: bytes) -> bytes:
        first, rest = head.split(b"\r\n", 1)
        added = f"X-Forwarded-User: {self.user}\r\n"
        if self.notice:
            added += f"X-Door-Notice: {self.notice}\r\n"
        if b"upgrade: websocket" not in head.lower():
            rest = rest.replace(b"Connection: keep-alive", b"Connection: close")
        return first + b"\r\n" + added.encode() + rest
