"""Hears at once of logins that ended at another door, by PostgreSQL's LISTEN. Who hears nothing looks anyway."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from auth.storage.database import CHANNEL, Database

AGAIN = 2.0
"""Seconds until a line that broke is tried again."""


class News:
    """Whether something happened since somebody last waited for it."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Returns when something happens, or after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._happened.wait(), seconds)
        self._happened.clear()

    async def listen(self, database: Database) -> None:
        """Listens for ever."""
        while True:
            with suppress(SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await self._listen(database)
            await asyncio.sleep(AGAIN)

    async def _listen(self, database: Database) -> None:
        async with database.engine.connect() as connection:
            line = (await connection.get_raw_connection()).driver_connection
            if line is None:
                return
            broken = asyncio.Event()
            line.add_termination_listener(lambda _: broken.set())
            await line.add_listener(CHANNEL, lambda *_: self._happened.set())
            try:
                self._happened.set()  # whatever was missed
                await broken.wait()
            finally:
                await connection.invalidate()


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[News]:
    """The news, for as long as the block runs."""
    news = News()
    task = asyncio.create_task(news.listen(database)) if database.is_shared else None
    try:
        yield news
    finally:
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
