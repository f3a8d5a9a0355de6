"""A database that takes nothing for a while."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.parts.api import Api


@contextmanager
def locked(api: Api) -> Iterator[None]:
    """Whatever the api writes into its SQLite waits for the end of the block; what it reads does not."""
    (file,) = api.data.rglob("sessions.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
