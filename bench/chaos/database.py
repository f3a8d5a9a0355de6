"""A PostgreSQL server that the chaos test can kill and pause."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.chaos.faults import Fault
from bench.chaos.target import Target
from tests.support.pids import children_of
from tests.support.postgres import Postgres, PostgresServer, running_postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The server and the URL of the deployment's database."""

    server: PostgresServer
    url: str

    def faults(self, pause: float) -> list[Fault]:
        """Returns the faults of the database."""
        return [
            Fault(name="database: kill -9", inflict=self._killed, seconds=pause),
            Fault(name="database: paused", inflict=self._paused, seconds=pause),
        ]

    @asynccontextmanager
    async def _killed(self, _place: Target) -> AsyncIterator[None]:
        self.server.kill()
        yield
        # The deployment does not manage the database, so the test restarts it.
        self.server.start()

    @asynccontextmanager
    async def _paused(self, _place: Target) -> AsyncIterator[None]:
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
async def running_database() -> AsyncIterator[Database]:
    """Runs a server with an empty database until the block ends."""
    with running_postgres() as server:
        postgres = Postgres(folder=server.folder)
        await postgres.wait_ready()
        yield Database(server=server, url=await postgres.make_database())
