"""The steps that bring a database to the shape that this version expects."""

from pathlib import Path

from api.errors import ApiError
from runtime.migrations import Steps


class NewerDatabaseError(ApiError):
    """The database was written by a newer version"""

    code = "newer_database"


def _too_new(step: str, head: str) -> NewerDatabaseError:
    return NewerDatabaseError(
        f"The database was written by a newer version (its tables are at step {step}, we know {head}): "
        "run that version or a newer one again, or restore the backup from before the upgrade."
    )


STEPS = Steps(
    folder=Path(__file__).with_name("migrations"),
    head="0003",
    version_table="agent_version",
    lock=0x636C6175,
    too_new=_too_new,
)
