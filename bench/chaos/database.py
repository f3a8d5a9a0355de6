"""A PostgreSQL that the chaos test may kill and pause as well."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.chaos.faults import Fault
from bench.chaos.place import Place
from tests.support.pids import children_of
from tests.support.postgres import Postgres, PostgresServer, running_postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The server and the deployment's database in it."""

    server: PostgresServer
    url: str

    def faults(self, pause: float) -> list[Fault]:
        """What the chaos test does to it."""
        return [
            Fault(name="database: kill -9", inflict=self._killed, seconds=pause),
            Fault(name="database: paused", inflict=self._paused, seconds=pause),
        ]

    @asynccontextmanager
    async def _killed(self, _place: Place) -> AsyncIterator[None]:
        self.server.kill()
        yield
        # Whoever runs a database starts it again; the deployment does not.
        self.server.start()

    @asynccontextmanager
    async def _paused(self, _place: Place) -> AsyncIterator[None]:
        assert self.server.process
        pids = [self.server.process.pid, *children_of(self.server.process.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def database() -> AsyncIterator[Database]:
    """A server with an empty database."""
    with running_postgres() as server:
        postgres = Postgres(folder=server.folder)
        await postgres.wait_ready()
        yield Database(server=server, url=await postgres.make_database())
