"""The door's database: SQLite in DATA_DIR, or PostgreSQL by DATABASE_URL. One schema for both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Column, Double, MetaData, String, Table, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateIndex, CreateTable

from auth.addresses import LONGEST
from auth.errors import SettingError
from auth.keyring import make_private
from auth.settings import Settings

HASH = String(64)
"""A SHA-256 in hex: what is stored of every secret."""

metadata = MetaData()

links = Table(
    "door_links",
    metadata,
    Column("id", HASH, primary_key=True),
    Column("address", String(LONGEST), nullable=False, index=True),
    Column("nonce", HASH, nullable=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("used_at", Double, nullable=True),
)
"""Sign-in links. Times are seconds since 1970."""

logins = Table(
    "door_logins",
    metadata,
    Column("id", HASH, primary_key=True),
    Column("name", String(36), nullable=False, unique=True),
    Column("address", String(LONGEST), nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("ended_at", Double, nullable=True),
    Column("ip", String(64), nullable=False),
    Column("browser", String(100), nullable=False),
)
"""Login sessions; `name` is what their owner calls one by, it opens nothing."""

browsers = Table(
    "door_browsers",
    metadata,
    Column("address", String(LONGEST), primary_key=True),
    Column("browser", HASH, primary_key=True),
    Column("seen_at", Double, nullable=False),
)
"""Browsers that an address has signed in with."""


def parse_database_url(text: str) -> URL:
    """DATABASE_URL, with the asyncio driver.

    Raises:
        SettingError: it names no database we speak to.
    """
    wanted = "write it like postgresql://user:password@host/name, or leave it unset"
    try:
        url = make_url(text)
    except ArgumentError:
        raise SettingError("DATABASE_URL", f"is not a URL: {wanted}") from None
    drivers = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
    kind = url.drivername.partition("+")[0]
    if kind not in drivers:
        raise SettingError("DATABASE_URL", f"'{kind}' is not supported: {wanted}")
    return url.set(drivername=drivers[kind])


def _database_url(settings: Settings) -> URL:
    if settings.database_url:
        return parse_database_url(settings.database_url)
    path = make_private(settings.auth_dir) / "auth.db"
    path.touch(mode=0o600)
    return URL.create("sqlite+aiosqlite", database=str(path))


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine on a database that has the tables."""
    url = _database_url(settings)
    engine = create_async_engine(url, pool_pre_ping=not url.drivername.startswith("sqlite"), hide_parameters=True)
    if url.drivername.startswith("sqlite"):
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    try:
        async with engine.begin() as connection:
            for table in metadata.sorted_tables:
                await connection.execute(CreateTable(table, if_not_exists=True))
                for index in sorted(table.indexes, key=lambda index: str(index.name)):
                    await connection.execute(CreateIndex(index, if_not_exists=True))
        yield engine
    finally:
        await engine.dispose()


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # A used link must stay used, even when the machine loses power: hence FULL.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
