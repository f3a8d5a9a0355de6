"""Learns through PostgreSQL's LISTEN that another replica has ended a login. Callers also check without it."""

import asyncio
from contextlib import suppress

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from auth.storage.database import CHANNEL, Database

RECONNECT_SECONDS = 2.0


class LogoutNotifications:
    """Whether another replica has ended a login since the last look."""

    def __init__(self) -> None:
        self._received = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Returns when a notification arrives, or after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._received.wait(), seconds)
        self._received.clear()

    async def listen(self, database: Database) -> None:
        """Receives notifications, without an end; reconnects after an outage."""
        while True:
            with suppress(SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await self._listen(database)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self, database: Database) -> None:
        async with database.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is None:
                return
            disconnected = asyncio.Event()
            driver.add_termination_listener(lambda _: disconnected.set())
            await driver.add_listener(CHANNEL, lambda *_: self._received.set())
            try:
                self._received.set()  # for the notifications missed until now
                await disconnected.wait()
            finally:
                await connection.invalidate()
