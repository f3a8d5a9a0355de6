"""Database errors, and which of them are temporary."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from runtime.settings import SettingsError


class DatabaseUnavailableError(ConnectionError):
    """The database cannot be reached, does not answer in time, is too busy, or has no space left."""

    def __init__(self, reason: str, *, kind: str = "") -> None:
        """
        Args:
            reason: for the log; the driver's message may be a part of it.
            kind: the class of the error that caused this one, for logs that must not contain its message.
        """
        super().__init__(reason)
        self.reason = reason
        self.kind = kind or type(self).__name__


class NewerDatabaseError(Exception):
    """The tables were changed by a newer version and cannot be changed back."""

    def __init__(self, step: str, newest: str) -> None:
        """
        Args:
            step: the last migration that was run on the database.
            newest: the last one that this version knows.
        """
        super().__init__(
            f"the database was written by a newer version (its tables are at step {step}, this version knows {newest} "
            "at most): run that version or a newer one again, or restore the backup from before the upgrade"
        )


TRANSIENT_ERRORS = (SQLAlchemyError, OSError, MemoryError)
"""What a read or write raises when the database or this machine is the cause: `DatabaseUnavailableError` and the others
that end when the database is restarted, its disk has space again, or memory is free. Work that must not be lost is
repeated after one of them (`runtime.retry`)."""


@contextmanager
def as_settings_errors(place: str, unavailable: str) -> Iterator[None]:
    """Turns database errors during start-up into SettingsError, which is printed as a sentence without a traceback.

    Args:
        place: the variable that says where the database is.
        unavailable: the sentence for a database that cannot be used now, with `{reason}`.

    Raises:
        SettingsError: the database belongs to a newer version, or cannot be used now.
    """
    try:
        yield
    except NewerDatabaseError as error:
        raise SettingsError(f"{place}: {error}.") from None
    except TRANSIENT_ERRORS as error:
        raise SettingsError(unavailable.format(reason=str(error).partition("\n")[0])) from None
