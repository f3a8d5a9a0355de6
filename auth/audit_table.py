"""Writes the audit lines to the database that replicas share, in the background, and deletes old ones."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import delete, insert
from sqlalchemy.exc import DataError, IntegrityError

from auth.audit import REFUSALS
from auth.log_once import LogOnce
from auth.storage.tables import audit
from runtime.database.database import Database

MAX_WAITING = 5000
"""Lines queued while the database is unavailable; further ones are only in the file."""
BATCH = 200
"""Lines written in one statement."""
RETRY_SECONDS = 1.0
REFUSALS_RETENTION = 7 * 86_400
"""Seconds for which lines about refused requests are kept."""
RETENTION = 90 * 86_400
"""Seconds for which other lines are kept."""
OWN_COLUMNS = ("event", "requestId", "ip", "user", "time")

log = structlog.get_logger(__name__)


class AuditTable:
    """A queue of lines, and the tasks that write and delete them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._failures = LogOnce("audit_write_failed")
        self._waiting: asyncio.Queue[dict[str, object]] = asyncio.Queue(MAX_WAITING)

    def add(self, line: dict[str, object]) -> None:
        """Queues one line."""
        details = {name: value for name, value in line.items() if name not in OWN_COLUMNS and value is not None}
        row = {"event": line["event"], "request_id": line["requestId"], "ip": line["ip"], "address": line["user"]}
        if not self._waiting.full():
            self._waiting.put_nowait({"at": time.time(), "more": details, **row})

    async def write(self) -> None:
        """Writes queued lines until cancelled."""
        while True:
            rows = [await self._waiting.get()]
            while len(rows) < BATCH and not self._waiting.empty():
                rows.append(self._waiting.get_nowait())
            while not await self._insert(rows):  # noqa: ASYNC110 # the database sends no signal
                await asyncio.sleep(RETRY_SECONDS)

    async def flush(self) -> None:
        """Writes the lines that are still queued, in one attempt."""
        rows = []
        while not self._waiting.empty():
            rows.append(self._waiting.get_nowait())
        if rows:
            await self._insert(rows)

    async def delete_old(self) -> None:
        """Deletes the lines that are older than their retention."""
        now = time.time()
        is_old = audit.c.at < now - RETENTION
        is_old_refusal = audit.c.event.in_(sorted(REFUSALS)) & (audit.c.at < now - REFUSALS_RETENTION)
        async with self._database.write() as connection:
            await connection.execute(delete(audit).where(is_old | is_old_refusal))

    async def _insert(self, rows: list[dict[str, object]]) -> bool:
        """Returns whether the rows need no other attempt: they are written, or the database rejects them."""
        with self._failures:
            try:
                async with self._database.write() as connection:
                    await connection.execute(insert(audit), rows)
            except (DataError, IntegrityError) as error:  # another attempt would fail too; the file has the lines
                log.error("audit_rejected", kind=type(error).__name__, lines=len(rows))  # noqa: TRY400 # no traceback: it quotes rows
            return True
        return False


@asynccontextmanager
async def open_audit_table(database: Database) -> AsyncIterator[AuditTable | None]:
    """Opens the table, or None with SQLite, which replicas do not share; writes its queue at the end of the block."""
    if database.is_sqlite:
        yield None
        return
    table = AuditTable(database)
    try:
        yield table
    finally:
        await table.flush()
