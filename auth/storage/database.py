"""The database of the gateway: SQLite in DATA_DIR/auth, or PostgreSQL at DATABASE_URL, which replicas share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

import asyncpg
from sqlalchemy.engine import URL

from auth.storage.private_folder import make_private_folder
from runtime.database.database import Database, DatabaseOptions
from runtime.database.errors import TRANSIENT_ERRORS, as_settings_errors
from runtime.database.migrations import Migrations

START_SECONDS = 60.0
"""How long a starting gateway waits for a database that is starting as well."""
RETRY_SECONDS = 0.5
_PERMANENT_ERRORS = (
    *(asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError),
    *(asyncpg.ClientConfigurationError, asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedObjectError),
)
"""Errors that waiting does not solve."""

MIGRATIONS = Migrations(
    folder=Path(__file__).with_name("migrations"), head="0002", version_table="door_version", lock=0x646F6F72
)
_OPTIONS = DatabaseOptions(
    migrations=MIGRATIONS,
    command_seconds=5.0,
    survives_power_loss=True,  # a used link must stay used
    pool_size=10,
    max_overflow=10,
    pool_seconds=5.0,
)


class DatabaseSettings(Protocol):
    """The settings that locate the database."""

    @property
    def database_url(self) -> str | None: ...

    @property
    def auth_dir(self) -> Path: ...


def make_database(settings: DatabaseSettings) -> Database:
    """The database, which is opened with `async with`.

    Raises:
        SettingsError: its folder cannot be created.
    """
    if settings.database_url:
        return Database(settings.database_url, _OPTIONS)
    path = make_private_folder(settings.auth_dir) / "auth.db"
    path.touch(mode=0o600)
    return Database(URL.create("sqlite+aiosqlite", database=str(path)), _OPTIONS)


async def plan_tables(settings: DatabaseSettings) -> str | None:
    """Dry run: describes the migrations that a start would run; None if there are none.

    Raises:
        SettingsError: the database cannot be used.
    """
    with _as_settings_errors(settings):
        return await make_database(settings).plan()


@asynccontextmanager
async def open_database(settings: DatabaseSettings, *, wait_seconds: float = 0) -> AsyncIterator[Database]:
    """Opens the database and runs the migrations; retries for `wait_seconds` while it is unavailable.

    Raises:
        SettingsError: the database cannot be used.
    """
    database = make_database(settings)
    async with AsyncExitStack() as stack:
        with _as_settings_errors(settings):
            await _enter(stack, database, wait_seconds)
        yield database


async def _enter(stack: AsyncExitStack, database: Database, wait_seconds: float) -> None:
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait_seconds
    while True:
        try:
            await stack.enter_async_context(database)
        except TRANSIENT_ERRORS as error:
            if isinstance(error.__cause__, _PERMANENT_ERRORS) or clock() > deadline:
                raise
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


def _as_settings_errors(settings: DatabaseSettings) -> AbstractContextManager[None]:
    place = "DATABASE_URL" if settings.database_url else "DATA_DIR"
    return as_settings_errors(place, f"{place}: the database cannot be used ({{reason}}).")
