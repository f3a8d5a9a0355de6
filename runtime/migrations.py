"""Brings a database to the shape that this version expects, one process at a time. Each room has steps of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, String, column, inspect, select, table, text

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A room's steps."""

    folder: Path
    head: str
    """The newest: a database that has taken it is left alone, without even importing Alembic."""
    version_table: str
    """Where the last step that was taken stands."""
    lock: int
    """What PostgreSQL calls the lock: any number, the same in every version."""
    too_new: Callable[[str, str], Exception]
    """The room's error for a database that has taken a step unknown here; gets that step, and `head`."""

    def take(self, connection: Connection) -> None:
        """Takes those that are missing, inside the connection's transaction.

        Raises:
            what `too_new` makes: there is no way back.
        """
        if self.last_taken(connection) == self.head:
            return
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": self.lock})
        last = self.last_taken(connection)  # another process may have been faster
        if last != self.head:
            self._take_after(connection, last)

    def plan(self, connection: Connection) -> str | None:
        """What `take` would do, in words, without doing it; None when that is nothing. Raises what `take` raises."""
        last = self.last_taken(connection)
        if last == self.head:
            return None
        if last is None:
            return f"brings the tables to step {self.head}"
        from alembic.script import ScriptDirectory

        self._check_known(ScriptDirectory(str(self.folder)), last)
        return f"brings the tables from step {last} to {self.head}"

    def last_taken(self, connection: Connection) -> str | None:
        """The last step that was taken; None for a database that is empty, or from before there were steps."""
        if not inspect(connection).has_table(self.version_table):
            return None
        wanted = select(column("version_num", String)).select_from(table(self.version_table))
        found: str | None = connection.execute(wanted).scalar()
        return found

    def _take_after(self, connection: Connection, last: str | None) -> None:
        # Imported here, for it takes 0.2 s and most starts have nothing to do.
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
            raise self.too_new(last, self.head)
