"""The database of the API: its migrations, and how it is prepared and checked at start."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from api.settings import Settings
from runtime.database.database import Database, DatabaseOptions
from runtime.database.errors import TRANSIENT_ERRORS, NewerDatabaseError
from runtime.database.migrations import Migrations
from runtime.settings import SettingsError

MIGRATIONS = Migrations(
    folder=Path(__file__).with_name("migrations"), head="0003", version_table="agent_version", lock=0x636C6175
)
# A long conversation is read in one statement.
_OPTIONS = DatabaseOptions(migrations=MIGRATIONS, command_seconds=10.0, survives_power_loss=False)


class NoDatabaseError(SettingsError):
    """The database does not answer."""


def make_database(url: str) -> Database:
    """The database at DATABASE_URL or at SQLAlchemy's URL of an SQLite file; it is opened with `async with`."""
    return Database(url, _OPTIONS)


async def prepare_tables(settings: Settings) -> None:
    """Makes the tables, or brings them to the shape of this version.

    Raises:
        SettingsError: the database belongs to a newer version.
        NoDatabaseError: it does not answer.
    """
    with _as_settings_errors(settings):
        async with make_database(settings.storage_url):
            pass


async def plan_tables(settings: Settings) -> str | None:
    """Describes what a start would do to the tables, or returns None if that is nothing or not known; changes nothing.

    Raises:
        SettingsError: the database belongs to a newer version.
    """
    with suppress(NoDatabaseError), _as_settings_errors(settings):
        return await make_database(settings.storage_url).plan()
    return None  # it may answer later


@contextmanager
def _as_settings_errors(settings: Settings) -> Iterator[None]:
    place = "DATABASE_URL" if settings.database_url else "DATA_DIR"
    try:
        yield
    except NewerDatabaseError as error:
        raise SettingsError(f"{place}: {error}.") from None
    except TRANSIENT_ERRORS as error:
        reason = str(error).partition("\n")[0]
        raise NoDatabaseError(f"The database in {place} does not answer, which is tried again ({reason}).") from None
