"""The database of the API: its migrations, and how it is prepared and checked at start."""

from contextlib import AbstractContextManager, suppress
from pathlib import Path

from api.settings import Settings
from runtime.database.database import Database, DatabaseOptions
from runtime.database.errors import TRANSIENT_ERRORS, as_settings_errors
from runtime.database.migrations import Migrations

MIGRATIONS = Migrations(
    folder=Path(__file__).with_name("migrations"), head="0003", version_table="agent_version", lock=0x636C6175
)  # the advisory lock number is arbitrary
# A long conversation is read in one statement.
_OPTIONS = DatabaseOptions(migrations=MIGRATIONS, command_seconds=10.0, survives_power_loss=False)


def make_database(url: str) -> Database:
    """The database at DATABASE_URL or at SQLAlchemy's URL of an SQLite file; it is opened with `async with`."""
    return Database(url, _OPTIONS)


async def prepare_tables(settings: Settings) -> None:
    """Runs the migrations.

    Raises:
        SettingsError: the database belongs to a newer version, or does not answer.
    """
    with _as_settings_errors(settings):
        async with make_database(settings.storage_url):
            pass  # opening the database runs them


async def plan_tables(settings: Settings) -> str | None:
    """Dry run: describes the migrations a start would run; None if there are none or the database is unreachable.

    Raises:
        SettingsError: the database belongs to a newer version.
    """
    with _as_settings_errors(settings), suppress(*TRANSIENT_ERRORS):  # it may be reachable by then
        return await make_database(settings.storage_url).plan()
    return None


def _as_settings_errors(settings: Settings) -> AbstractContextManager[None]:
    place = "DATABASE_URL" if settings.database_url else "DATA_DIR"
    return as_settings_errors(place, f"The database in {place} does not answer; retrying ({{reason}}).")
