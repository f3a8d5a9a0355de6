"""Connects to SQLite or PostgreSQL, runs the migrations, and turns an unavailable database into one error."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg
from sqlalchemy import URL, Insert, Table, event, func, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from runtime.database.connection_recycler import ConnectionRecycler
from runtime.database.errors import DatabaseUnavailableError
from runtime.database.migrations import Migrations
from runtime.database.url import driver_arguments

PING_SECONDS = 3.0
NO_THREAD = "start new thread"
"""A part of Python's message when there is no memory for the thread that each connection to SQLite has."""
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The driver's errors, which have no root in common."""
STATEMENT_ERRORS = (IntegrityError, ProgrammingError, DataError, NotSupportedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOptions:
    """What a service needs of its database."""

    migrations: Migrations
    command_seconds: float
    """How long a statement may take until the database counts as unavailable."""
    survives_power_loss: bool
    """Whether SQLite waits for the disk before a write counts as done."""
    pool_size: int = 5
    """Connections to PostgreSQL that are kept open."""
    max_overflow: int = 10
    """Connections above `pool_size` that are opened when all are in use."""
    pool_seconds: float = 30.0
    """How long to wait for a free connection."""


class Database:
    """The tables of a service. Use it in an `async with` block: entering runs the migrations."""

    def __init__(self, url: str | URL, options: DatabaseOptions) -> None:
        """
        Args:
            url: DATABASE_URL, or SQLAlchemy's URL of an SQLite file.
        """
        self._options = options
        self.is_sqlite = str(url).startswith("sqlite")
        """Whether the data is in a file on this machine. Otherwise other replicas may use it too."""
        if self.is_sqlite:
            self._url = make_url(url)
            self._arguments: dict[str, Any] = {}  # as the driver takes them
            pool: dict[str, Any] = {}
        else:
            self._url = URL.create("postgresql+asyncpg")
            arguments = driver_arguments(str(url), command_seconds=options.command_seconds)
            self._arguments = arguments | {"async_creator_fn": _connect}
            pool = {"pool_size": options.pool_size, "max_overflow": options.max_overflow}
            pool |= {"pool_timeout": options.pool_seconds, "pool_pre_ping": True}
        # Errors are logged, and the log must not contain what users wrote.
        self.engine = create_async_engine(self._url, hide_parameters=True, connect_args=self._arguments, **pool)
        # A writer that finds SQLite's file locked sleeps for up to 100 ms; with this lock each starts without delay.
        self._writer: AbstractAsyncContextManager[object] = asyncio.Lock() if self.is_sqlite else nullcontext()
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", self._set_pragmas)
        self._recycler = None if self.is_sqlite else ConnectionRecycler(self.engine.sync_engine)

    async def __aenter__(self) -> Self:
        """Makes the folder of an SQLite file and runs the migrations.

        Raises:
            NewerDatabaseError: a newer version has migrated the database.
            DatabaseUnavailableError: it cannot be used now.
        """
        if self.is_sqlite and self._url.database:
            folder = Path(self._url.database).parent
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            async with self.in_time(None):
                await self._migrate()
        except BaseException:
            await self.engine.dispose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.engine.dispose()

    async def plan(self) -> str | None:
        """Dry run: describes the migrations that entering would run; None if there are none.

        Raises:
            NewerDatabaseError: a newer version has migrated the database.
            DatabaseUnavailableError: it cannot be used now.
        """
        try:
            async with self.in_time(self._options.command_seconds), self.engine.connect() as connection:
                return await connection.run_sync(self._options.migrations.plan)
        finally:
            await self.engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for statements that change nothing.

        Raises:
            DatabaseUnavailableError: the database cannot be used now.
        """
        async with self.in_time(None), self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: all of its statements take effect, or none.

        Raises:
            DatabaseUnavailableError: the database cannot be used now.
        """
        async with self.in_time(None), self._writer, self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def write_exclusively(self, lock: str) -> AsyncIterator[AsyncConnection]:
        """A transaction that never overlaps with another one of the same lock, here or on a replica.

        Raises:
            DatabaseUnavailableError: the database cannot be used now.
        """
        async with self.write() as connection:
            if not self.is_sqlite:
                await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))))
            yield connection

    @asynccontextmanager
    async def in_time(self, seconds: float | None) -> AsyncIterator[None]:
        """Limits the block to `seconds`. Each statement is also limited to `command_seconds`.

        Raises:
            DatabaseUnavailableError: it takes longer, or the database cannot be used now.
        """
        pool = self.engine.sync_engine.pool
        try:
            async with asyncio.timeout(seconds):
                yield
        except DatabaseUnavailableError:
            raise
        except NoFreeConnectionError as error:
            raise DatabaseUnavailableError("the database is too busy", kind=type(error).__name__) from error
        except TimeoutError as error:
            # If one connection has died silently, the others have too.
            if self._recycler is not None:
                self._recycler.replace(pool)
            raise DatabaseUnavailableError("the database does not answer in time", kind=type(error).__name__) from error
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and NO_THREAD not in str(error):
                raise
            raise DatabaseUnavailableError(
                "there is not enough memory to query the database", kind=type(error).__name__
            ) from error
        except DBAPIError as error:
            if _is_statement_error(error):
                raise
            raise DatabaseUnavailableError(_description(error.orig or error), kind=type(error).__name__) from error
        except (OSError, *DRIVER_ERRORS) as error:
            raise DatabaseUnavailableError(_description(error), kind=type(error).__name__) from error

    def insert_new(self, table: Table, rows: Sequence[Mapping[str, object]]) -> Insert:
        """A statement that inserts the rows and leaves out those whose key exists already."""
        if self.is_sqlite:
            return sqlite.insert(table).values(rows).on_conflict_do_nothing()
        return postgresql.insert(table).values(rows).on_conflict_do_nothing()

    async def ping(self) -> None:
        """Checks that the database answers.

        Raises:
            DatabaseUnavailableError: it does not answer within PING_SECONDS.
        """
        async with self.in_time(PING_SECONDS), self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def _migrate(self) -> None:
        engine = self.engine
        if not self.is_sqlite:
            # A migration, or the wait for another process that runs it, may take any time.
            without_limit = self._arguments | {"command_timeout": None}
            engine = create_async_engine(
                self._url, poolclass=NullPool, hide_parameters=True, connect_args=without_limit
            )
        async with engine.begin() as connection:
            await connection.run_sync(self._options.migrations.run)

    def _set_pragmas(self, connection: Any, _record: ConnectionPoolEntry) -> None:  # the driver's own connection
        synchronous = "FULL" if self._options.survives_power_loss else "NORMAL"
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


async def _connect(*arguments: Any, **options: Any) -> Any:  # the driver's own connection
    # SQLAlchemy does not wrap the errors of a connection that cannot be made.
    try:
        return await asyncpg.connect(*arguments, **options)
    except (OSError, *DRIVER_ERRORS) as error:
        raise DatabaseUnavailableError(_description(error), kind=type(error).__name__) from error


def _is_statement_error(error: DBAPIError) -> bool:
    """Whether the statement is at fault and not the database."""
    # SQLite reports a missing table with the same class as a full disk; only the error's name differs.
    is_ours = isinstance(error, STATEMENT_ERRORS) or getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR"
    return is_ours and not error.connection_invalidated


def _description(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0].removesuffix(": ")
