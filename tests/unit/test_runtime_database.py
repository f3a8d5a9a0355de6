"""What an SQLite database raises, and when it counts as unavailable; PostgreSQL is in `tests/integration`."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from runtime.database.database import Database, DatabaseOptions
from runtime.database.errors import TRANSIENT_ERRORS, DatabaseUnavailableError
from runtime.database.migrations import Migrations


def database(file: Path) -> Database:
    migrations = Migrations(folder=file.parent, head="0", version_table="version", lock=1)
    options = DatabaseOptions(migrations=migrations, command_seconds=5, survives_power_loss=True)
    return Database(f"sqlite+aiosqlite:///{file}", options)


async def test_a_statement_that_is_wrong_is_no_unavailable_database(tmp_path: Path) -> None:
    opened = database(tmp_path / "a.db")
    with pytest.raises(OperationalError, match="no such table"):
        async with opened.read() as connection:
            await connection.execute(text("SELECT * FROM missing"))
    async with opened.write() as connection:
        await connection.execute(text("CREATE TABLE t (id INTEGER PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO t VALUES (1)"))
    with pytest.raises(IntegrityError):
        async with opened.write() as connection:
            await connection.execute(text("INSERT INTO t VALUES (1)"))
    await opened.engine.dispose()


async def test_a_file_that_is_no_database_is_an_unavailable_database(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_text("this is a text, and long enough for a header of a database file" * 10)
    opened = database(file)
    with pytest.raises(DatabaseUnavailableError, match="DatabaseError: file is not a database") as failed:
        await opened.ping()
    assert isinstance(failed.value, TRANSIENT_ERRORS)
    assert failed.value.kind == "DatabaseError"
    await opened.engine.dispose()


async def test_a_block_that_takes_too_long_is_an_unavailable_database(tmp_path: Path) -> None:
    opened = database(tmp_path / "a.db")
    with pytest.raises(DatabaseUnavailableError, match="does not answer in time"):
        async with opened.in_time(0.01):
            await asyncio.sleep(5)


async def test_the_services_own_errors_pass(tmp_path: Path) -> None:
    opened = database(tmp_path / "a.db")
    with pytest.raises(KeyError):
        async with opened.write():
            raise KeyError
    await opened.engine.dispose()


async def test_exclusive_writes_never_overlap(tmp_path: Path) -> None:
    opened = database(tmp_path / "a.db")
    inside = most = 0

    async def write() -> None:
        nonlocal inside, most
        async with opened.write_exclusively("lock"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(write() for _ in range(5)))
    assert most == 1
    await opened.engine.dispose()
