"""Replaces the connections to a PostgreSQL server that did not answer in time."""

from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, Pool, event
from sqlalchemy.pool import ConnectionPoolEntry


class ConnectionRecycler:
    """Gives an engine a new pool after a time-out, and ends each connection of the old one.

    `Engine.dispose` is not enough: with `close=True` it waits for dead connections, and with `close=False` they stay
    open on a server that was only slow.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: WeakSet[Any] = WeakSet()  # the driver's own connections
        event.listen(engine, "checkout", self._checked_out)
        event.listen(engine, "checkin", self._checked_in)

    def replace(self, pool: Pool) -> None:
        """Ends the connections of the pool and gives the engine a new one, unless that was done before."""
        if self._engine.pool is not pool:
            return
        self._engine.dispose(close=False)
        event.listen(pool, "checkin", _terminate)
        for connection in list(self._idle):
            connection.terminate()
        self._idle.clear()

    def _checked_out(self, _connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:  # SQLAlchemy's own
        self._idle.discard(record.driver_connection)

    def _checked_in(self, _connection: Any, record: ConnectionPoolEntry) -> None:  # SQLAlchemy's own
        if record.driver_connection is not None:
            self._idle.add(record.driver_connection)


def _terminate(_connection: Any, record: ConnectionPoolEntry) -> None:  # SQLAlchemy's own
    if record.driver_connection is not None:
        record.driver_connection.terminate()
