"""Brings the tables of a service to the shape that this version expects, in one process at a time."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, String, column, inspect, select, table, text

from runtime.database.errors import NewerDatabaseError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """The migrations of one service; Alembic runs them."""

    folder: Path
    """Contains Alembic's folder `versions`."""
    head: str
    """The newest migration. If it was run already, nothing is done and Alembic is not imported."""
    version_table: str
    """The table that contains the last migration that was run."""
    lock: int
    """The number of PostgreSQL's advisory lock: any number, the same in every version."""

    def run(self, connection: Connection) -> None:
        """Runs the missing migrations inside the connection's transaction.

        Raises:
            NewerDatabaseError: a newer version has migrated the database.
        """
        if self.last_run(connection) == self.head:
            return
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": self.lock})
        last = self.last_run(connection)  # another process may have run it meanwhile
        if last != self.head:
            self._run_after(connection, last)

    def plan(self, connection: Connection) -> str | None:
        """Dry run: describes what `run` would do; None if there is nothing to do. Raises what `run` raises."""
        last = self.last_run(connection)
        if last == self.head:
            return None
        if last is None:
            return f"brings the tables to step {self.head}"
        from alembic.script import ScriptDirectory

        self._check_known(ScriptDirectory(str(self.folder)), last)
        return f"brings the tables from step {last} to {self.head}"

    def last_run(self, connection: Connection) -> str | None:
        """The last migration that was run; None for a database that is empty, or older than the first migration."""
        if not inspect(connection).has_table(self.version_table):
            return None
        wanted = select(column("version_num", String)).select_from(table(self.version_table))
        found: str | None = connection.execute(wanted).scalar()
        return found

    def _run_after(self, connection: Connection, last: str | None) -> None:
        # Imported here because it takes 0.2 s and most starts have nothing to do.
        from alembic.operations import Operations
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        script = ScriptDirectory(str(self.folder))
        self._check_known(script, last)

        def missing(taken: Any, _context: MigrationContext) -> Any:  # Alembic's own steps
            return script._upgrade_revs("head", taken)

        context = MigrationContext.configure(connection, opts={"version_table": self.version_table, "fn": missing})
        with Operations.context(context):
            context.run_migrations()

    def _check_known(self, script: "ScriptDirectory", last: str | None) -> None:
        if last is not None and last not in {step.revision for step in script.walk_revisions()}:
            raise NewerDatabaseError(last, self.head)
