"""`Idempotency-Key`: a request that is sent again gets the first one's answer."""

import asyncio
import hashlib
from types import TracebackType
from typing import Self

from quart import request

from api.errors import InvalidIdempotencyKeyError
from api.http.request_parsing import caller
from api.storage import IdempotencyStore

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}
"""Headers of an answer that was kept."""
LONGEST_KEY = 255


class Claim:
    """A request's right to run under its key. `async with` it: the key is free again unless an answer was kept."""

    def __init__(self, answers: IdempotencyStore, owner: str, key: str | None) -> None:
        self._answers = answers
        self._owner = owner
        self._key = key
        self.kept: bytes | None = None
        """The answer of an earlier request with this key; then there is nothing to run."""

    async def __aenter__(self) -> Self:
        """Does nothing: the key was claimed when this was made."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._key is not None and self.kept is None:
            # The caller may be gone already; the key must not stay claimed for that.
            await asyncio.shield(self._answers.release(self._owner, self._key))

    async def keep(self, answer: bytes) -> None:
        """Stores the answer for 24 hours."""
        if self._key is not None:
            self.kept = answer
            await self._answers.keep(self._owner, self._key, answer)


async def claim(answers: IdempotencyStore) -> Claim:
    """Claims the request's key; without one everything runs and nothing is kept.

    Raises:
        InvalidIdempotencyKeyError: the key is empty or too long.
        IdempotencyRunningError: an earlier request with it has no answer yet.
        IdempotencyKeyReusedError: it was used with another body.
    """
    key = request.headers.get(HEADER)
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidIdempotencyKeyError
    claimed = Claim(answers, caller(), key)
    if key is not None:
        body = await request.get_data(cache=True, as_text=False, parse_form_data=False)
        body_hash = hashlib.sha256(request.path.encode() + b"\0" + body).hexdigest()
        claimed.kept = await answers.begin(caller(), key, body_hash)
    return claimed
