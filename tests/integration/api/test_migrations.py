"""How a database gets its tables: an empty one, one from before the migrations, and a newer one."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from api.storage import SessionRow, Storage
from api.storage.database import MIGRATIONS, make_database
from api.storage.migrations.versions import v0001_tables
from api.storage.tables import metadata
from runtime.database.errors import NewerDatabaseError
from tests.support.command import run
from tests.support.databases import NewUrl

ROW = SessionRow(id="s1", owner="ada", title="Old", cwd="/w", permission_mode="default", transcript_id="t")


async def change(url: str, *statements: str) -> None:
    async with make_database(url) as database, database.write() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def test_the_migrations_create_the_tables_in_use(new_url: NewUrl) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"version_table": MIGRATIONS.version_table, "compare_type": False}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with make_database(await new_url()) as database, database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_one_of_several_starting_processes_creates_the_tables(new_url: NewUrl) -> None:
    url = await new_url()

    async def start() -> None:
        async with Storage(url) as storage:
            assert await storage.sessions.get("s1") is None

    await asyncio.gather(*(start() for _ in range(4)))


async def test_a_database_from_before_the_migrations_keeps_its_rows(new_url: NewUrl) -> None:
    url = await new_url()
    async with Storage(url) as storage:
        await storage.sessions.add(ROW)
    newer = [name for name in metadata.tables if name not in v0001_tables.metadata.tables]
    dropped = [f"DROP TABLE {name}" for name in (*newer, MIGRATIONS.version_table)]
    await change(url, *dropped, "ALTER TABLE sessions DROP COLUMN effort")
    async with Storage(url) as storage:
        assert await storage.sessions.get("s1") == ROW


async def test_a_newer_database_is_refused_and_not_changed(new_url: NewUrl) -> None:
    url = await new_url()
    await change(
        url, f"UPDATE {MIGRATIONS.version_table} SET version_num = '9999'", "CREATE TABLE of_tomorrow (id INTEGER)"
    )
    with pytest.raises(NewerDatabaseError, match=r"newer version.*step 9999.*restore the backup"):
        async with Storage(url):
            pass


async def test_check_reports_what_a_start_would_do(new_url: NewUrl) -> None:
    url = await new_url()
    await change(url)
    assert await make_database(url).plan() is None
    await change(url, f"UPDATE {MIGRATIONS.version_table} SET version_num = '0001'")
    for _ in range(2):
        assert await make_database(url).plan() == f"brings the tables from step 0001 to {MIGRATIONS.head}"


def test_the_skipped_migration_is_the_last_one() -> None:
    assert ScriptDirectory(str(MIGRATIONS.folder)).get_current_head() == MIGRATIONS.head


async def test_the_api_ends_with_that_error(tmp_path: Path) -> None:
    folders = {name: str(tmp_path / name.lower()) for name in ("DATA_DIR", "RUN_DIR", "WORKSPACE_DIR", "HOME")}
    (tmp_path / "data_dir").mkdir()
    url = f"sqlite+aiosqlite:///{tmp_path / 'data_dir' / 'agent' / 'sessions.db'}"
    await change(url, f"UPDATE {MIGRATIONS.version_table} SET version_num = '9999'")
    for command in ((), ("check",)):
        done = await run("api", *command, DEMO="1", **folders)
        assert done.code == 1
        assert "run that version or a newer one again" in done.output.splitlines()[-1]
        assert "Traceback" not in done.output


async def test_check_and_doctor_leave_the_tables_as_they_are(tmp_path: Path) -> None:
    folders = {name: str(tmp_path / name.lower()) for name in ("DATA_DIR", "RUN_DIR", "WORKSPACE_DIR", "HOME")}
    file = tmp_path / "data_dir" / "agent" / "sessions.db"
    file.parent.mkdir(parents=True)
    await change(f"sqlite+aiosqlite:///{file}", f"UPDATE {MIGRATIONS.version_table} SET version_num = '0001'")
    for command in ("check", "doctor"):
        done = await run("api", command, DEMO="1", **folders)
        assert f"a start brings the tables from step 0001 to {MIGRATIONS.head}" in done.out, done.output
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute(f"SELECT version_num FROM {MIGRATIONS.version_table}").fetchone() == ("0001",)
