"""DATABASE_URL, for SQLAlchemy."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from auth.errors import SettingError
from container.postgres import WANTED, UnusableUrlError, driver_arguments

POSTGRES = "postgresql+asyncpg"
COMMAND_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Address:
    """Where the database is, for SQLAlchemy."""

    url: URL
    arguments: dict[str, Any] = field(default_factory=dict)  # Any: as the driver takes them
    is_shared: bool = False
    """Whether other doors may use it too."""


def parse_database_url(text: str) -> Address:
    """Reads DATABASE_URL.

    Raises:
        SettingError: it names no database we speak to.
    """
    scheme, mark, _ = text.partition("://")
    try:
        if mark and scheme.partition("+")[0] == "sqlite":
            return Address(url=make_url(text).set(drivername="sqlite+aiosqlite"))
        arguments = driver_arguments(text, command_seconds=COMMAND_SECONDS)
    except ArgumentError:
        raise SettingError("DATABASE_URL", f"is not a URL: {WANTED}") from None
    except UnusableUrlError as error:
        raise SettingError("DATABASE_URL", str(error)) from None
    return Address(url=URL.create(POSTGRES), arguments=arguments, is_shared=True)
