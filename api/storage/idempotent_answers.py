"""Stores the answers to requests with an `Idempotency-Key`, so that a repeated query does not run again."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from api.errors import IdempotencyKeyReusedError, IdempotencyRunningError
from api.storage.tables import answers
from runtime.clock import timestamp
from runtime.database.database import Database

STORED_FOR = timedelta(hours=24)
CLAIMED_FOR = timedelta(hours=1, minutes=5)
"""A query runs for at most an hour, so an older unanswered claim was left by a crash."""


class IdempotencyStore:
    """The table of answers, by user and key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, owner: str, key: str, body_hash: str) -> bytes | None:
        """Claims the key and returns None, or returns the stored answer.

        Raises:
            IdempotencyRunningError: the key is claimed, and there is no answer yet.
            IdempotencyKeyReusedError: the key was used with another body.
        """
        row = {"owner": owner, "key": key, "body_hash": body_hash, "started_at": timestamp()}
        is_dead = answers.c.answer.is_(None) & (answers.c.started_at < timestamp(ago=CLAIMED_FOR))
        expired = delete(answers).where(is_dead | (answers.c.started_at < timestamp(ago=STORED_FOR)))
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

    async def store_answer(self, owner: str, key: str, answer: bytes) -> None:
        """Stores the answer of a claimed key."""
        async with self._database.write() as connection:
            await connection.execute(
                update(answers).where(answers.c.owner == owner, answers.c.key == key).values(answer=answer)
            )

    async def release(self, owner: str, key: str) -> None:
        """Frees a claimed key whose request failed, so that it may be sent again."""
        async with self._database.write() as connection:
            await connection.execute(
                delete(answers).where(answers.c.owner == owner, answers.c.key == key, answers.c.answer.is_(None))
            )

    async def release_all(self) -> None:
        """Frees all keys that a crash left claimed. Call only if no other process uses the database."""
        async with self._database.write() as connection:
            await connection.execute(delete(answers).where(answers.c.answer.is_(None)))
