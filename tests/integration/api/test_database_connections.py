"""A database that is slow but not down leaves no connections behind."""

import asyncio

import pytest
from sqlalchemy import text

from api.storage.database import make_database
from runtime.database.database import Database
from runtime.database.errors import DatabaseUnavailableError
from tests.support.postgres import Postgres

OURS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
SOON = 20.0


async def _sleep(database: Database, seconds: float, patience: float) -> None:
    async with database.in_time(patience), database.read() as connection:
        await connection.execute(text(f"SELECT pg_sleep({seconds})"))


async def test_timeouts_leave_no_connection_open(postgres: Postgres) -> None:
    async with make_database(await postgres.make_database()) as database:
        for _ in range(4):
            await asyncio.gather(*(_sleep(database, 0.1, SOON) for _ in range(5)))  # five stand idle
            slow = asyncio.create_task(_sleep(database, 1, SOON))  # still out when the pool is left
            ends = await asyncio.gather(*(_sleep(database, 60, 0.3) for _ in range(3)), return_exceptions=True)
            assert [type(end) for end in ends] == [DatabaseUnavailableError] * 3
            await slow
        async with asyncio.timeout(SOON):
            while True:
                async with database.read() as connection:
                    if (await connection.execute(text(OURS))).scalar_one() == 1:
                        break


async def test_many_timeouts_of_one_outage_leave_one_pool(postgres: Postgres) -> None:
    async with make_database(await postgres.make_database()) as database:
        late = asyncio.create_task(_sleep(database, 60, 1.0))
        with pytest.raises(DatabaseUnavailableError):
            await _sleep(database, 60, 0.2)
        async with database.read() as connection:
            mine = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        with pytest.raises(DatabaseUnavailableError):
            await late
        async with database.read() as connection:
            assert (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one() == mine
