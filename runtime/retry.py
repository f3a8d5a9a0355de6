"""Repeats a write until the database accepts it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from runtime.database.errors import TRANSIENT_ERRORS

WAIT_SECONDS = (0.5, 2.0, 5.0)
"""The pause after the first failure, the second, and each further one."""

ResultT = TypeVar("ResultT")

log = structlog.get_logger(__name__)


async def retry_until_written(write: Callable[[], Awaitable[ResultT]], **log_fields: str) -> ResultT:
    """Calls `write` until it raises none of TRANSIENT_ERRORS, without a limit, and returns its result.

    Args:
        log_fields: fields of the warning after each failure, such as `session="…"`.
    """
    failures = 0
    while True:
        try:
            return await write()
        except TRANSIENT_ERRORS as error:
            failures += 1
            log.warning("write_postponed", failures=failures, error=type(error).__name__, **log_fields)
        await asyncio.sleep(WAIT_SECONDS[min(failures, len(WAIT_SECONDS)) - 1])
