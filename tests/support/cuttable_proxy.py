"""A proxy in front of PostgreSQL's socket whose connections a test can cut, hang and restore."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.network import copy_bytes

NAME = ".s.PGSQL.5432"


class CuttableProxy:
    """Forwards connections to the socket in `folder` to the server whose socket is in `server`."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self._server = server
        self._flows = asyncio.Event()
        self._streams: set[asyncio.StreamWriter] = set()
        self._listener: asyncio.Server | None = None

    def url_through(self, url: str) -> str:
        """Returns the URL of that database through this proxy."""
        return url.replace(str(self._server), str(self.folder))

    async def restore(self) -> None:
        """Accepts connections again."""
        self._flows.set()
        self._listener = await asyncio.start_unix_server(self._forward, self.folder / NAME)

    def cut(self) -> None:
        """Breaks every connection and refuses new ones."""
        if self._listener:
            self._listener.close()
        (self.folder / NAME).unlink(missing_ok=True)
        for stream in list(self._streams):
            stream.transport.abort()

    def hang(self) -> None:
        """Accepts connections but forwards no more bytes."""
        self._flows.clear()

    def hang_open_connections(self) -> None:
        """Stops forwarding on open connections, as a router that forgot them does; new connections work."""
        self._flows.clear()
        self._flows = asyncio.Event()
        self._flows.set()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._server / NAME)
        self._streams |= {writer, server_writer}
        flows = self._flows
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(copy_bytes(reader, server_writer, flows))
                group.create_task(copy_bytes(server_reader, writer, flows))
        finally:
            self._streams -= {writer, server_writer}
            writer.close()
            server_writer.close()


@asynccontextmanager
async def running_cuttable_proxy(server: Path) -> AsyncIterator[CuttableProxy]:
    """Runs a proxy in front of the server whose socket is in that folder."""
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    proxy = CuttableProxy(folder, server)
    await proxy.restore()
    try:
        yield proxy
    finally:
        proxy.cut()
        shutil.rmtree(folder)
