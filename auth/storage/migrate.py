"""The steps that bring the door's tables to the shape that this version expects."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from auth.errors import DoorError
from container.steps import Steps, TooNewError

STEPS = Steps(folder=Path(__file__).with_name("migrations"), head="0002", version_table="door_version", lock=0x646F6F72)


class NewerDatabaseError(DoorError):
    """The database has taken a step that this version does not know."""


def migrate(connection: Connection) -> None:
    """Takes the steps that are missing, inside the connection's transaction.

    Raises:
        NewerDatabaseError: there is no way back.
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
            f"its tables are at step {error.step} and this version knows {STEPS.head} at most: run the newer version "
            "again, or restore the backup from before the upgrade"
        ) from None
