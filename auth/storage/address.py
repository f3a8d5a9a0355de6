"""DATABASE_URL, for SQLAlchemy."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL

from runtime.database_url import driver_arguments

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
    """Reads DATABASE_URL; raises what `driver_arguments` raises."""
    arguments = driver_arguments(text, command_seconds=COMMAND_SECONDS)
    return Address(url=URL.create(POSTGRES), arguments=arguments, is_shared=True)
