"""The connection to the database; whatever is wrong with it on the way is one error, with a sentence."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

import asyncpg
from sqlalchemy import Connection, Insert, Table, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from auth.storage.address import Address, parse_database_url
from auth.storage.migrate import STEPS, NewerDatabaseError
from auth.storage.private_folder import make_private_folder
from runtime.database.errors import DatabaseUnavailableError
from runtime.settings import SettingsError

LATECOMER_SECONDS = 60.0
"""Seconds that a door waits at its start for a database that starts with it."""
_OUR_FAULT = (IntegrityError, ProgrammingError, DataError)
_AWAY = (DBAPIError, NoFreeConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_HOPELESS = (
    *(asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError),
    *(asyncpg.ClientConfigurationError, asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedObjectError),
)
"""What no waiting mends."""
CHANNEL = "door_logins"
"""On which doors tell each other that logins have ended."""
_POOL = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10, "pool_timeout": 5}


class DatabaseSettings(Protocol):
    """The settings that say where the database is."""

    @property
    def database_url(self) -> str | None: ...

    @property
    def auth_dir(self) -> Path: ...


class Database:
    """The door's tables."""

    def __init__(self, engine: AsyncEngine, *, is_shared: bool) -> None:
        self.engine = engine
        self.is_shared = is_shared
        """Whether other doors may use it too: then it is PostgreSQL."""
        self._writer = asyncio.Lock()
        self.plan: str | None = None
        """What a start would do to the tables, in words, where we just look; None when that is nothing."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for statements that change nothing.

        Raises:
            DatabaseUnavailableError: it does not answer.
        """
        with _plain_errors():
            async with self.engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: all of it happens, or nothing.

        Raises:
            DatabaseUnavailableError: it does not answer.
        """
        with _plain_errors():
            async with self.engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def write_alone(self, name: str) -> AsyncIterator[AsyncConnection]:
        """A transaction that no other of the same name runs beside, here or at another door."""
        if self.is_shared:
            async with self.write() as connection:
                await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
                yield connection
        else:
            async with self._writer, self.write() as connection:
                yield connection

    def insert_new(self, table: Table, **row: object) -> Insert:
        """A statement that inserts the row unless its key is there already."""
        if self.is_shared:
            return postgresql.insert(table).values(row).on_conflict_do_nothing()
        return sqlite.insert(table).values(row).on_conflict_do_nothing()

    async def announce(self, connection: AsyncConnection) -> None:
        """Tells the other doors, once the transaction is done, that logins have ended."""
        if self.is_shared:
            await connection.execute(select(func.pg_notify(CHANNEL, "")))


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except _OUR_FAULT:
        raise
    except _AWAY as error:
        raise DatabaseUnavailableError("the database does not answer", kind=type(error).__name__) from error


def _address(settings: DatabaseSettings) -> Address:
    if settings.database_url:
        return parse_database_url(settings.database_url)
    path = make_private_folder(settings.auth_dir) / "auth.db"
    path.touch(mode=0o600)
    return Address(url=URL.create("sqlite+aiosqlite", database=str(path)))


@asynccontextmanager
async def open_database(
    settings: DatabaseSettings, *, patience: float = 0, just_looks: bool = False
) -> AsyncIterator[Database]:
    """The database, with the tables of this version; waits `patience` seconds for one that is away.

    Args:
        just_looks: whether the tables are left as they are; `plan` then says what a start would do.

    Raises:
        SettingsError: it cannot be used.
    """
    address = _address(settings)
    pool = _POOL if address.is_shared else {}
    engine = create_async_engine(address.url, connect_args=address.arguments, hide_parameters=True, **pool)
    if not address.is_shared:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    try:
        variable = "DATABASE_URL" if settings.database_url else "DATA_DIR"
        database = Database(engine, is_shared=address.is_shared)
        database.plan = await _bring_up(engine, variable, patience, STEPS.plan if just_looks else STEPS.take)
        yield database
    finally:
        await engine.dispose()


async def _bring_up(
    engine: AsyncEngine, variable: str, patience: float, step: Callable[[Connection], str | None]
) -> str | None:
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    while True:
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(step)
        except NewerDatabaseError as error:
            raise SettingsError(f"{variable}: {error}") from None
        except _AWAY as error:
            if isinstance(error, _HOPELESS) or clock() > deadline:
                raise SettingsError(f"{variable}: the database cannot be used ({_words(error)})") from None
            await asyncio.sleep(0.5)


def _words(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {str(cause).splitlines()[0]}" if str(cause) else type(cause).__name__


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # A used link must stay used, even when the machine loses power: hence FULL.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
