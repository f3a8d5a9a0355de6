"""The steps that bring the door's tables to the shape that this version expects."""

from pathlib import Path

from auth.errors import GatewayError
from runtime.migrations import Steps


class NewerDatabaseError(GatewayError):
    """The database has taken a step that this version does not know."""


def _too_new(step: str, head: str) -> NewerDatabaseError:
    return NewerDatabaseError(
        f"its tables are at step {step} and this version knows {head} at most: run the newer version again, or restore "
        "the backup from before the upgrade"
    )


STEPS = Steps(
    folder=Path(__file__).with_name("migrations"),
    head="0002",
    version_table="door_version",
    lock=0x646F6F72,
    too_new=_too_new,
)
