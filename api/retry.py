"""What the database does not take just now, it takes later: disk or memory was full, or it was started again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

WAITS = (0.5, 2.0, 5.0)
"""Seconds between one try and the next; the last one goes on."""
TRANSIENT_ERRORS = (SQLAlchemyError, OSError, MemoryError)
"""What is raised when the database or the machine ails, and not we."""

ResultT = TypeVar("ResultT")

log = structlog.get_logger(__name__)


async def retry_until_written(write: Callable[[], Awaitable[ResultT]], *, session: str) -> ResultT:
    """Writes, and tries again as long as the database does not take it."""
    tries = 0
    while True:
        try:
            return await write()
        except TRANSIENT_ERRORS as error:
            log.warning("not_written_yet", session=session, tries=tries + 1, error=type(error).__name__)
        await asyncio.sleep(WAITS[min(tries, len(WAITS) - 1)])
        tries += 1
