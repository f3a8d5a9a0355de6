"""`Idempotency-Key`: a request that is sent again gets the answer of the first one."""

import hashlib
from types import TracebackType
from typing import Self

from quart import request

from api.errors import InvalidIdempotencyKeyError
from api.http.request_parsing import caller
from api.storage import IdempotencyStore
from runtime.background_tasks import delay_cancellation

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}
"""The headers of a stored answer."""
MAX_KEY = 255


class Claim:
    """The right of one request to run under its key.

    Use in an `async with` block: on exit the key is freed unless an answer was stored.
    """

    def __init__(self, answers: IdempotencyStore, owner: str, key: str | None) -> None:
        self._answers = answers
        self._owner = owner
        self._key = key
        self.stored: bytes | None = None
        """The answer of an earlier request with this key. If there is one, the request must not run again."""

    async def __aenter__(self) -> Self:
        """Does nothing: `claim` has claimed the key."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._key is not None and self.stored is None:
            # The key is freed even if the caller disconnects, which cancels this task.
            await delay_cancellation(self._answers.release(self._owner, self._key))

    async def store(self, answer: bytes) -> None:
        """Stores the answer for 24 hours."""
        if self._key is not None:
            self.stored = answer
            await self._answers.store_answer(self._owner, self._key, answer)


async def claim(answers: IdempotencyStore) -> Claim:
    """Claims the request's key. A request without a key always runs, and its answer is not stored.

    Raises:
        InvalidIdempotencyKeyError: the key is empty or too long.
        IdempotencyRunningError: an earlier request with the key is still running.
        IdempotencyKeyReusedError: the key was used with another body.
    """
    key = request.headers.get(HEADER)
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise InvalidIdempotencyKeyError
    claimed = Claim(answers, caller(), key)
    if key is not None:
        body = await request.get_data(cache=True, as_text=False, parse_form_data=False)
        body_hash = hashlib.sha256(request.path.encode() + b"\0" + body).hexdigest()
        claimed.stored = await answers.claim(caller(), key, body_hash)
    return claimed
