"""A fixture that runs a test on SQLite and on PostgreSQL."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from api.settings import Settings
from tests.support.postgres import Postgres

NewUrl = Callable[[], Awaitable[str]]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewUrl:
    """Returns a function that makes an empty database and returns its URL; the test runs once for each kind."""
    made = 0

    async def sqlite() -> str:
        nonlocal made
        made += 1
        return f"sqlite+aiosqlite:///{tmp_path / 'agent' / f'{made}.db'}"

    if request.param == "sqlite":
        return sqlite
    server: Postgres = request.getfixturevalue("postgres")

    async def postgresql() -> str:
        return Settings(database_url=await server.make_database()).storage_url

    return postgresql
