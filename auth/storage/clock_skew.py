"""Compares this machine's clock with the database's, which all replicas share."""

import time
from collections.abc import Callable

from sqlalchemy import func, select

from runtime.database.database import Database


async def describe_clock_skew(
    database: Database, *, allowed_seconds: float, now: Callable[[], float] = time.time
) -> str | None:
    """A sentence with the fix if the clocks differ by more than `allowed_seconds`; None if not, or with SQLite."""
    if database.is_sqlite:
        return None
    async with database.read() as connection:
        before = now()
        there = float((await connection.execute(select(func.extract("epoch", func.clock_timestamp())))).scalar_one())
        after = now()
    # The database read its clock at some moment between the two.
    ahead = before - there if before > there else min(0.0, after - there)
    if abs(ahead) <= allowed_seconds:
        return None
    direction = "ahead of" if ahead > 0 else "behind"
    return (
        f"clock: {abs(ahead):.0f} s {direction} the database's: set it with NTP. Beyond {allowed_seconds:.0f} s, "
        "replicas refuse each other's links and logins"
    )
