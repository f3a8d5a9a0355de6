"""The steps that bring a database to the shape that this version expects."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from api.errors import ApiError
from container.steps import Steps, TooNewError

STEPS = Steps(
    folder=Path(__file__).with_name("migrations"), head="0003", version_table="agent_version", lock=0x636C6175
)


class NewerDatabaseError(ApiError):
    """The database was written by a newer version"""

    code = "newer_database"


def migrate(connection: Connection) -> None:
    """Takes the steps that are missing, inside the connection's transaction.

    Raises:
        NewerDatabaseError: the database has taken a step that this version does not know.
    """
    with _in_words():
        STEPS.take(connection)


def plan(connection: Connection) -> str | None:
    """What `migrate` would do, in words; None when that is nothing. Raises what `migrate` raises."""
    with _in_words():
        return STEPS.plan(connection)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except TooNewError as error:
        raise NewerDatabaseError(
            f"The database was written by a newer version (its tables are at step {error.step}, we know {STEPS.head}): "
            "run that version or a newer one again, or restore the backup from before the upgrade."
        ) from None
