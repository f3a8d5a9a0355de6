"""The migrations of the gateway's tables: new databases, older and newer ones, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from auth.settings import Settings, read_settings
from auth.storage.database import MIGRATIONS, open_database, plan_tables
from auth.storage.migrations.versions import v0001_tables
from auth.storage.tables import metadata
from runtime.settings import SettingsError
from tests.support.postgres import Postgres

MakeSettings = Callable[[], Awaitable[Settings]]


@pytest.fixture(params=["sqlite", "postgresql"])
def make_settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSettings:
    """Settings of a gateway with a new, empty database."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    async def sqlite() -> Settings:
        return read_settings()

    async def postgresql() -> Settings:
        server: Postgres = postgres
        monkeypatch.setenv("DATABASE_URL", await server.make_database())
        return read_settings()

    if request.param == "sqlite":
        return sqlite
    postgres = request.getfixturevalue("postgres")
    return postgresql


def differences(connection: Connection) -> list[object]:
    """The differences between the gateway's tables and those that this version expects."""
    names = set(metadata.tables)
    options = {
        "version_table": MIGRATIONS.version_table,
        "compare_type": True,
        "include_name": lambda name, kind, _: kind != "table" or name in names,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_head_is_the_newest_step() -> None:
    assert ScriptDirectory(str(MIGRATIONS.folder)).get_heads() == [MIGRATIONS.head]


async def test_steps_create_the_tables_of_this_version(make_settings: MakeSettings) -> None:
    settings = await make_settings()
    for _ in range(2):
        async with open_database(settings) as database, database.write() as connection:
            assert await connection.run_sync(MIGRATIONS.last_run) == MIGRATIONS.head
            assert await connection.run_sync(differences) == []


async def test_database_older_than_the_migrations(make_settings: MakeSettings) -> None:
    settings = await make_settings()
    async with open_database(settings) as database, database.write() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.execute(text(f"DROP TABLE {MIGRATIONS.version_table}"))
        await connection.run_sync(v0001_tables.metadata.create_all)
        kept = "INSERT INTO door_browsers (address, browser, seen_at) VALUES ('ada@example.com', 'x', 1)"
        await connection.execute(text(kept))
    async with open_database(settings) as database, database.read() as connection:
        assert await connection.run_sync(differences) == []
        assert (await connection.execute(text("SELECT address FROM door_browsers"))).scalar_one() == "ada@example.com"


async def test_newer_database_is_refused_in_one_sentence(make_settings: MakeSettings) -> None:
    settings = await make_settings()
    async with open_database(settings) as database, database.write() as connection:
        await connection.execute(text(f"UPDATE {MIGRATIONS.version_table} SET version_num = '9999'"))
    with pytest.raises(SettingsError) as refusal:
        async with open_database(settings, wait_seconds=60):
            pass
    assert str(refusal.value).startswith(
        tuple(
            f"{name}: the database was written by a newer version (its tables are at step 9999"
            for name in ("DATA_DIR", "DATABASE_URL")
        )
    )
    assert "\n" not in str(refusal.value)


async def test_looking_changes_no_table(make_settings: MakeSettings) -> None:
    settings = await make_settings()
    async with open_database(settings) as database, database.write() as connection:
        await connection.execute(text(f"UPDATE {MIGRATIONS.version_table} SET version_num = '0001'"))
    for _ in range(2):
        assert await plan_tables(settings) == f"brings the tables from step 0001 to {MIGRATIONS.head}"


async def test_gateways_that_start_at_the_same_time(make_settings: MakeSettings) -> None:
    settings = await make_settings()

    async def start() -> None:
        async with open_database(settings, wait_seconds=30) as database, database.read() as connection:
            assert await connection.run_sync(MIGRATIONS.last_run) == MIGRATIONS.head

    await asyncio.gather(*(start() for _ in range(8)))


async def test_all_tables_have_the_prefix(make_settings: MakeSettings) -> None:
    settings = await make_settings()
    async with open_database(settings) as database, database.write() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert set(names) == {*metadata.tables, MIGRATIONS.version_table}
    assert all(name.startswith("door_") for name in names)
