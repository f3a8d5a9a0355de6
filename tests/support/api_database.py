"""What an api keeps in SQLite, looked at behind its back, or held."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.support.api import Api


@contextmanager
def database(api: Api) -> Iterator[sqlite3.Connection]:
    """A connection of its own, on which each statement stands alone."""
    (file,) = api.data.rglob("sessions.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


@contextmanager
def locked(api: Api) -> Iterator[None]:
    """Whatever the api writes into its database waits for the end of the block; what it reads does not."""
    with database(api) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
