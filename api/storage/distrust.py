"""What becomes of the connections to a PostgreSQL that did not answer in time."""

from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, Pool, event
from sqlalchemy.pool import ConnectionPoolEntry


class Distrust:
    """Gives an engine a new pool after a silence, and ends each connection of the old one.

    `Engine.dispose` does one of the two: it asks the server to close each connection, which waits for a dead one,
    or it forgets them, and they stay open at a server that was only slow.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: WeakSet[Any] = WeakSet()  # the driver's own connections
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "checkin", self._returned)

    def leave(self, pool: Pool) -> None:
        """Whoever asks next gets a new connection; nothing happens when the pool has been left already."""
        if self._engine.pool is not pool:
            return
        self._engine.dispose(close=False)
        event.listen(pool, "checkin", _end)
        for connection in list(self._idle):
            connection.terminate()
        self._idle.clear()

    def _taken(self, _connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:  # as the event hands them
        self._idle.discard(record.driver_connection)

    def _returned(self, _connection: Any, record: ConnectionPoolEntry) -> None:  # as the event hands them
        if record.driver_connection is not None:
            self._idle.add(record.driver_connection)


def _end(_connection: Any, record: ConnectionPoolEntry) -> None:  # as the event hands them
    if record.driver_connection is not None:
        record.driver_connection.terminate()
