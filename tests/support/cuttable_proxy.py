"""A line to PostgreSQL that can be cut, and mended: a socket before the server's own."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.network import copy_bytes

NAME = ".s.PGSQL.5432"


class CuttableProxy:
    """Everything that a client of `folder` says reaches the server in `server`, while the line is whole."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self._server = server
        self._flows = asyncio.Event()
        self._streams: set[asyncio.StreamWriter] = set()
        self._listener: asyncio.Server | None = None

    def url_through(self, url: str) -> str:
        """The URL of a database of that server, over this line."""
        return url.replace(str(self._server), str(self.folder))

    async def mend(self) -> None:
        """Lets clients in again."""
        self._flows.set()
        self._listener = await asyncio.start_unix_server(self._carry, self.folder / NAME)

    def cut(self) -> None:
        """Breaks every connection, and takes no new one."""
        if self._listener:
            self._listener.close()
        (self.folder / NAME).unlink(missing_ok=True)
        for stream in list(self._streams):
            stream.transport.abort()

    def hang(self) -> None:
        """Takes connections and says nothing any more."""
        self._flows.clear()

    def lose(self) -> None:
        """Says nothing any more on the connections there are, as a router that has forgotten them; takes new ones."""
        self._flows.clear()
        self._flows = asyncio.Event()
        self._flows.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        above_reader, above_writer = await asyncio.open_unix_connection(self._server / NAME)
        self._streams |= {writer, above_writer}
        flows = self._flows
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(copy_bytes(reader, above_writer, flows))
                group.create_task(copy_bytes(above_reader, writer, flows))
        finally:
            self._streams -= {writer, above_writer}
            writer.close()
            above_writer.close()


@asynccontextmanager
async def running_cuttable_proxy(server: Path) -> AsyncIterator[CuttableProxy]:
    """A line to the server in that folder."""
    folder = Path(tempfile.mkdtemp(prefix="line-"))
    line = CuttableProxy(folder, server)
    await line.mend()
    try:
        yield line
    finally:
        line.cut()
        shutil.rmtree(folder)
