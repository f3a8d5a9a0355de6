"""The connection to the database: SQLite beside the data, or PostgreSQL when DATABASE_URL names one."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg
from sqlalchemy import URL, Executable, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from api.storage.distrust import Distrust
from api.storage.migrate import STEPS
from runtime.database_url import driver_arguments

COMMAND_SECONDS = 10.0
"""How long a statement may take: a long conversation is read in one, and one that hangs must end some day."""
PING_SECONDS = 3.0
NO_THREAD = "start new thread"
"""What Python says when a connection to SQLite, which has a thread of its own, finds no room for it."""
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON")


class Database:
    """The tables of one database. `async with` it: entering makes what is missing."""

    def __init__(self, url: str) -> None:
        is_postgres = url.startswith("postgresql")
        arguments = {}
        if is_postgres:
            arguments = driver_arguments(url, command_seconds=COMMAND_SECONDS) | {"async_creator_fn": _connect}
        self._patient = arguments | {"command_timeout": None}
        self._url = URL.create("postgresql+asyncpg") if is_postgres else make_url(url)
        # An error goes to the log; what people wrote does not.
        self._engine = create_async_engine(
            self._url, pool_pre_ping=is_postgres, hide_parameters=True, connect_args=arguments
        )
        # SQLite's writers poll for one another for up to 100 ms; in line they wait for as long as it takes.
        self._writer: AbstractAsyncContextManager[object] = asyncio.Lock() if self.is_sqlite else nullcontext()
        if self.is_sqlite:
            event.listen(self._engine.sync_engine, "connect", _set_pragmas)
        self._distrust = None if self.is_sqlite else Distrust(self._engine.sync_engine)

    @property
    def is_sqlite(self) -> bool:
        """Whether the data is in a file of ours, used by no other process."""
        return self._url.get_backend_name() == "sqlite"

    async def __aenter__(self) -> Self:
        """Makes the folder, and brings the tables to the shape of this version; raises what `Steps.take` raises."""
        if self.is_sqlite and self._url.database:
            folder = Path(self._url.database).parent
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            await self._migrate()
        except BaseException:
            await self._engine.dispose()
            raise
        return self

    async def _migrate(self) -> None:
        engine = self._engine
        if not self.is_sqlite:  # a step, and the wait for another process that takes it, take as long as they take
            engine = create_async_engine(
                self._url, poolclass=NullPool, hide_parameters=True, connect_args=self._patient
            )
        async with engine.begin() as connection:
            await connection.run_sync(STEPS.take)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._engine.dispose()

    async def plan(self) -> str | None:
        """What entering would do to the tables, in words, without doing it; None when that is nothing.

        Raises:
            NewerDatabaseError: the database has taken a step that this version does not know.
            SQLAlchemyError: it does not answer.
            ConnectionError: not in time, or it cannot be reached.
        """
        try:
            async with self.in_time(COMMAND_SECONDS), self._engine.connect() as connection:
                return await connection.run_sync(STEPS.plan)
        finally:
            await self._engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for statements that change nothing."""
        async with self.in_time(None), self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: all of it happens, or nothing."""
        async with self.in_time(None), self._writer, self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def in_time(self, seconds: float | None) -> AsyncIterator[None]:
        """Counts the database as away when the block takes longer, or a statement in it takes COMMAND_SECONDS.

        Raises:
            ConnectionError: it does, or this machine has no memory left to ask it.
        """
        pool = self._engine.sync_engine.pool
        try:
            async with asyncio.timeout(seconds):
                yield
        except NoFreeConnectionError as error:
            raise ConnectionError("the database is too busy") from error
        except TimeoutError as error:
            # Where one connection has died without a word the others have too.
            if self._distrust is not None:
                self._distrust.leave(pool)
            raise ConnectionError("the database does not answer in time") from error
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and NO_THREAD not in str(error):
                raise
            raise ConnectionError("there is no memory left to ask the database") from error

    def insert_new(self, table: Table, rows: Sequence[Mapping[str, object]]) -> Executable:
        """A statement that inserts the rows and leaves out those whose key is there already."""
        if self.is_sqlite:
            return sqlite.insert(table).values(rows).on_conflict_do_nothing()
        return postgresql.insert(table).values(rows).on_conflict_do_nothing()

    async def ping(self) -> None:
        """Asks the database for a word.

        Raises:
            SQLAlchemyError: it does not answer.
            ConnectionError: not in time, or it cannot be reached.
        """
        async with self.in_time(PING_SECONDS), self.read() as connection:
            await connection.execute(text("SELECT 1"))


async def _connect(*arguments: Any, **options: Any) -> Any:  # the driver's own connection
    # SQLAlchemy hands on as they are the driver's own errors, which have no root in common.
    try:
        return await asyncpg.connect(*arguments, **options)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error


def _set_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:  # the driver's own connection
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
