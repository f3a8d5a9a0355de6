"""The database at start: brought up to date, or refused in a sentence instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from api.settings import Settings
from api.storage import Database, NewerDatabaseError
from runtime.settings import SettingsError


class NoDatabaseError(SettingsError):
    """The database does not answer."""


async def prepare_tables(settings: Settings) -> None:
    """Makes the tables, or brings them to the shape of this version.

    Raises:
        SettingsError: the database belongs to a newer version.
        NoDatabaseError: it does not answer.
    """
    with _in_words(settings):
        async with Database(settings.storage_url):
            pass


async def check_tables(settings: Settings) -> str | None:
    """What a start would do to the tables, which are left as they are; None when that is nothing, or not known yet.

    Raises:
        SettingsError: the database belongs to a newer version.
    """
    with suppress(NoDatabaseError), _in_words(settings):
        return await Database(settings.storage_url).plan()
    return None  # it may answer later


@contextmanager
def _in_words(settings: Settings) -> Iterator[None]:
    try:
        yield
    except NewerDatabaseError as error:
        raise SettingsError(error.sentence) from None
    except (SQLAlchemyError, OSError) as error:
        place = "in DATABASE_URL" if settings.database_url else "in DATA_DIR"
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise NoDatabaseError(f"The database {place} does not answer, which is tried again ({reason}).") from None
