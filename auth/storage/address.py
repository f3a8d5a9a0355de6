"""DATABASE_URL, for SQLAlchemy."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL

from auth.errors import SettingError
from runtime.database_url import UnusableUrlError, driver_arguments

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
    try:
        arguments = driver_arguments(text, command_seconds=COMMAND_SECONDS)
    except UnusableUrlError as error:
        raise SettingError("DATABASE_URL", str(error)) from None
    return Address(url=URL.create(POSTGRES), arguments=arguments, is_shared=True)
