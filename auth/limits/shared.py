"""Rate limits counted in the PostgreSQL database that replicas share, in one atomic statement per rule."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from sqlalchemy import CursorResult, delete, text

from auth.limits.in_memory import InMemoryLimits
from auth.limits.rules import Exceeded, Rule, RuleAndKey
from auth.storage.tables import limits
from runtime.database.database import Database
from runtime.database.errors import DatabaseUnavailableError

SERVER_CLOCK = "extract(epoch FROM statement_timestamp())"
"""The database's clock, because those of the replicas may differ."""

_TAKE = """
INSERT INTO door_limits AS kept (rule, who, times, ends_at)
VALUES (:rule, :who, ARRAY[CAST({now} AS double precision)], {now} + :seconds)
ON CONFLICT (rule, who) DO UPDATE
SET times = array(SELECT t FROM unnest(kept.times) AS t WHERE t > {now} - :seconds ORDER BY t)
            || CAST({now} AS double precision),
    ends_at = {now} + :seconds
WHERE (SELECT count(*) FROM unnest(kept.times) AS t WHERE t > {now} - :seconds) < :most
RETURNING 1
"""
_CHECK = """
SELECT t + :seconds - {now} FROM door_limits, unnest(times) AS t
WHERE rule = :rule AND who = :who AND t > {now} - :seconds ORDER BY t DESC OFFSET :most - 1 LIMIT 1
"""
_GIVE_BACK = """
UPDATE door_limits SET times = times[1:cardinality(times) - 1] WHERE rule = :rule AND who = :who
"""


class _ExceededError(Exception):
    """Rolls back the transaction in which other rules have counted the event."""


class SharedLimits:
    """The counters of all replicas. Events that this process's own counters refuse are not sent to the database."""

    def __init__(
        self, database: Database, local: InMemoryLimits, clock: Callable[[], str] = lambda: SERVER_CLOCK
    ) -> None:
        self._database = database
        self._local = local
        self._clock = clock

    async def check(self, *counted: RuleAndKey) -> Exceeded | None:
        if exceeded := self._local.check_now(*counted):
            return exceeded
        try:
            return await self._check(*counted)
        except DatabaseUnavailableError:
            return None  # the counters of this process still apply

    async def take(self, *counted: RuleAndKey) -> Exceeded | None:
        if exceeded := self._local.take_now(*counted):
            return exceeded
        try:
            async with self._database.write() as connection:
                # In the caller's order, because replicas that used different orders could deadlock.
                for rule, key in counted:
                    taken = await connection.execute(text(_TAKE.format(now=self._clock())), _values(rule, key))
                    if taken.scalar_one_or_none() is None:
                        raise _ExceededError  # noqa: TRY301 # leaves the block, which rolls back
        except DatabaseUnavailableError:
            return None
        except _ExceededError:
            self._local.give_back_now(*counted)
            # The limit may be free again by now, but the event was not counted.
            return await self.check(*counted) or Exceeded(counted[-1][0], 1)
        return None

    async def give_back(self, *counted: RuleAndKey) -> None:
        self._local.give_back_now(*counted)
        with suppress(DatabaseUnavailableError):
            async with self._database.write() as connection:
                for rule, key in counted:
                    await connection.execute(text(_GIVE_BACK), {"rule": rule.name, "who": _hash(key)})

    async def delete_expired(self) -> int:
        """Deletes the counters whose windows are over; returns how many."""
        async with self._database.write() as connection:
            deleted = await connection.execute(delete(limits).where(limits.c.ends_at < text(self._clock())))
            return cast(CursorResult[tuple[()]], deleted).rowcount

    async def _check(self, *counted: RuleAndKey) -> Exceeded | None:
        exceeded: list[Exceeded] = []
        async with self._database.read() as connection:
            for rule, key in counted:
                found = await connection.execute(text(_CHECK.format(now=self._clock())), _values(rule, key))
                wait = found.scalar_one_or_none()
                if wait is not None:
                    exceeded.append(Exceeded(rule, float(wait)))
        return max(exceeded, key=lambda each: each.wait, default=None)


def _values(rule: Rule, key: str) -> dict[str, object]:
    return {"rule": rule.name, "who": _hash(key), "seconds": rule.seconds, "most": rule.times}


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
