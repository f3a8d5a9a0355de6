"""The audit's lines in the database that doors share: written behind the requests, pruned, never waited for."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import delete, insert
from sqlalchemy.exc import DataError, IntegrityError
from structlog.typing import FilteringBoundLogger

from auth.audit import REFUSED
from auth.log_once import Trouble
from auth.storage.database import Database
from auth.storage.tables import audit

WAITING = 5000
"""Lines that wait for a database that is away; those beyond stand in the file alone."""
AT_ONCE = 200
REFUSED_KEPT = 7 * 86_400
"""Seconds that lines of refused requests are kept …"""
KEPT = 90 * 86_400
"""… and all the others."""


class AuditTable:
    """A queue, and who empties it."""

    def __init__(self, database: Database, log: FilteringBoundLogger) -> None:
        self._database = database
        self._log = log
        self._trouble = Trouble(log, "audit_not_written")
        self._waiting: asyncio.Queue[dict[str, object]] = asyncio.Queue(WAITING)

    def add(self, line: dict[str, object]) -> None:
        """Queues one line of the audit."""
        own = ("event", "requestId", "ip", "user", "time")
        more = {name: value for name, value in line.items() if name not in own and value is not None}
        row = {"event": line["event"], "request_id": line["requestId"], "ip": line["ip"], "address": line["user"]}
        if not self._waiting.full():
            self._waiting.put_nowait({"at": time.time(), "more": more, **row})

    async def write(self) -> None:
        """Writes what is queued, for ever."""
        while True:
            rows = [await self._waiting.get()]
            while len(rows) < AT_ONCE and not self._waiting.empty():
                rows.append(self._waiting.get_nowait())
            while not await self._insert(rows):  # noqa: ASYNC110 # the database tells nobody when it comes back
                await asyncio.sleep(1)

    async def flush(self) -> None:
        """Writes what is left, once."""
        rows = []
        while not self._waiting.empty():
            rows.append(self._waiting.get_nowait())
        if rows:
            await self._insert(rows)

    async def prune(self) -> None:
        """Drops what is old, the refused requests sooner."""
        now = time.time()
        old = audit.c.at < now - KEPT
        refused = audit.c.event.in_(sorted(REFUSED)) & (audit.c.at < now - REFUSED_KEPT)
        async with self._database.write() as connection:
            await connection.execute(delete(audit).where(old | refused))

    async def _insert(self, rows: list[dict[str, object]]) -> bool:
        """Whether they need no other try."""
        with self._trouble:
            try:
                async with self._database.write() as connection:
                    await connection.execute(insert(audit), rows)
            except (DataError, IntegrityError) as error:  # no other try would mend that; the file has them
                self._log.error("audit_refused", kind=type(error).__name__, lines=len(rows))
            return True
        return False


@asynccontextmanager
async def keeping_audit(database: Database, log: FilteringBoundLogger) -> AsyncIterator[AuditTable | None]:
    """The table, where doors share a database; a machine of its own has its file."""
    if not database.is_shared:
        yield None
        return
    table = AuditTable(database, log)
    task = asyncio.create_task(table.write())
    try:
        yield table
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await table.flush()
