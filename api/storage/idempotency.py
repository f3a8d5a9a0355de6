"""Stores the answers to requests with an `Idempotency-Key`, so that a repeated query does not run again."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from api.errors import IdempotencyKeyReusedError, IdempotencyRunningError
from api.storage.tables import answers
from runtime.clock import timestamp
from runtime.database.database import Database

KEPT_FOR = timedelta(hours=24)
CLAIMED_FOR = timedelta(hours=1, minutes=5)
"""No query may take longer than an hour: an older claim without an answer is a dead replica's."""


class IdempotencyStore:
    """The table of answers, by user and key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, owner: str, key: str, body_hash: str) -> bytes | None:
        """Claims the key and answers None, or gives the answer that was kept.

        Raises:
            IdempotencyRunningError: the claim is taken and there is no answer yet.
            IdempotencyKeyReusedError: the key was used with another body.
        """
        row = {"owner": owner, "key": key, "body_hash": body_hash, "started_at": timestamp()}
        is_dead = answers.c.answer.is_(None) & (answers.c.started_at < timestamp(ago=CLAIMED_FOR))
        expired = delete(answers).where(is_dead | (answers.c.started_at < timestamp(ago=KEPT_FOR)))
        wanted = select(answers.c.body_hash, answers.c.answer).where(answers.c.owner == owner, answers.c.key == key)
        async with self._database.write() as connection:
            await connection.execute(expired)
            if (await connection.execute(self._database.insert_new(answers, [row]))).rowcount == 1:
                return None
            known_hash, answer = (await connection.execute(wanted)).one()
        if known_hash != body_hash:
            raise IdempotencyKeyReusedError
        if answer is None:
            raise IdempotencyRunningError
        return bytes(answer)

    async def keep(self, owner: str, key: str, answer: bytes) -> None:
        """Stores the answer of a claimed key."""
        async with self._database.write() as connection:
            await connection.execute(
                update(answers).where(answers.c.owner == owner, answers.c.key == key).values(answer=answer)
            )

    async def release(self, owner: str, key: str) -> None:
        """Gives a claimed key back: its request failed and may be tried again."""
        async with self._database.write() as connection:
            await connection.execute(
                delete(answers).where(answers.c.owner == owner, answers.c.key == key, answers.c.answer.is_(None))
            )

    async def release_all(self) -> None:
        """Gives back what a crash left claimed; only for a process that has the database to itself."""
        async with self._database.write() as connection:
            await connection.execute(delete(answers).where(answers.c.answer.is_(None)))
