"""The errors of a database that is unavailable for a while."""

from sqlalchemy.exc import SQLAlchemyError


class DatabaseUnavailableError(ConnectionError):
    """The database cannot be reached, does not answer in time, is too busy, or has no room left."""

    def __init__(self, reason: str, *, kind: str = "") -> None:
        """Keeps the reason.

        Args:
            reason: for the log; the driver's message may be a part of it.
            kind: the class of the error that caused this one, for logs that must not contain its message.
        """
        super().__init__(reason)
        self.kind = kind or type(self).__name__


TRANSIENT_ERRORS = (SQLAlchemyError, OSError, MemoryError)
"""What a read or write raises when the database or this machine is the cause: `DatabaseUnavailableError` and the others
that go away when the database is restarted, its disk has room again, or memory is free. Work that must not be lost is
tried again after one of them (`runtime.retry`)."""
