"""Waits for the answer of another replica only while it holds its lease, because a paused process never answers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from api.cluster.leases import Lease
from api.cluster.sql_leases import SqlLeases
from runtime.database.errors import TRANSIENT_ERRORS

ResultT = TypeVar("ResultT")


class ReplicaGoneError(Exception):
    """The replica does not run the session any more."""


class ReplicaLiveness:
    """Checks, during long waits, that a replica still holds its lease of a session."""

    def __init__(self, leases: SqlLeases, lease: Lease) -> None:
        self._leases = leases
        self._lease = lease

    async def wait(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """The result of the work.

        Raises:
            ReplicaGoneError: the replica lost the session before the work was done.
        """
        task = asyncio.create_task(work)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=self._leases.seconds)
                if not task.done() and not await self._is_held():
                    raise ReplicaGoneError
            return task.result()
        finally:
            task.cancel()

    async def each(self, parts: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
        """The parts as they arrive; raises what `wait` raises."""
        async with aclosing(parts):
            while (part := await self.wait(_next(parts))) is not None:
                yield part

    async def _is_held(self) -> bool:
        try:
            held = await self._leases.elsewhere([self._lease.session_id])
        except TRANSIENT_ERRORS:
            return True  # without the database no replica can take the session over
        now = held.get(self._lease.session_id)
        return now is not None and now.replica == self._lease.replica


async def _next(parts: AsyncGenerator[bytes]) -> bytes | None:
    return await anext(parts, None)
