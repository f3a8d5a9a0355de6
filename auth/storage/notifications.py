"""Receives through PostgreSQL's LISTEN that another replica ended a login. Callers also check at intervals."""

import asyncio
from contextlib import suppress

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.database.database import Database
from runtime.database.errors import TRANSIENT_ERRORS

CHANNEL = "door_logins"
"""The PostgreSQL channel on which replicas announce that a login has ended."""
RECONNECT_SECONDS = 2.0


class LogoutNotifications:
    """The notifications of other replicas that a login has ended."""

    def __init__(self) -> None:
        self._received = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Returns when a notification arrives, or after `seconds`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._received.wait(), seconds)
        self._received.clear()

    async def listen(self, database: Database) -> None:
        """Receives notifications until cancelled; reconnects after an outage."""
        while True:
            with suppress(*TRANSIENT_ERRORS):
                await self._listen(database)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self, database: Database) -> None:
        async with database.in_time(None), database.engine.connect() as connection:
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


async def announce_logout(database: Database, connection: AsyncConnection) -> None:
    """Notifies the other replicas when the transaction commits."""
    if not database.is_sqlite:
        await connection.execute(select(func.pg_notify(CHANNEL, "")))
