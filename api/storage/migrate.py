"""Brings a database to the shape that this version expects, one process at a time."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, column, inspect, select, table, text

from api.errors import ApiError

HEAD = "0003"
"""The newest step: a database that has taken it is left alone, without even importing Alembic."""
VERSION_TABLE = "agent_version"
STEPS = Path(__file__).with_name("migrations")
LOCK = 0x636C6175  # any number, the same in every version
"""What PostgreSQL calls the lock."""


class NewerDatabaseError(ApiError):
    """The database was written by a newer version"""

    code = "newer_database"


def migrate(connection: Connection) -> None:
    """Takes the steps that are missing, inside the connection's transaction.

    Raises:
        NewerDatabaseError: the database has taken a step that this version does not know.
    """
    if version_of(connection) == HEAD:
        return
    _lock(connection)
    version = version_of(connection)  # another process may have been faster
    if version != HEAD:
        _take_steps(connection, version)


def version_of(connection: Connection) -> str | None:
    """The last step that the database has taken; None for one that is empty, or from before there were steps."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
    return found


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _take_steps(connection: Connection, version: str | None) -> None:
    # Imported here, for it takes 0.2 s and most starts have nothing to do.
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory(str(STEPS))
    if version is not None and version not in {step.revision for step in steps.walk_revisions()}:
        raise NewerDatabaseError(
            f"The database was written by a newer version (its tables are at step {version}, we know {HEAD}): run that "
            "version or a newer one again, or restore the backup from before the upgrade."
        )

    def missing(taken: Any, _context: MigrationContext) -> Any:  # Alembic's own steps
        return steps._upgrade_revs("head", taken)

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "fn": missing})
    with Operations.context(context):
        context.run_migrations()
