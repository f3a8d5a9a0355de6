"""Enforces the rate limits: an exceeded limit is audited and refuses the request."""

from auth.audit import Audit, Requester
from auth.errors import RateLimitedError
from auth.limits.rules import Counted, Exceeded, Limits


class RateLimiter:
    """Counts the events of requests, and refuses those over a limit."""

    def __init__(self, limits: Limits, audit: Audit) -> None:
        self._limits = limits
        self._audit = audit

    async def check(self, requester: Requester, sentence: str, *counted: Counted) -> None:
        """Counts nothing.

        Raises:
            RateLimitedError: a limit is used up; with this sentence.
        """
        self._refuse(requester, sentence, await self._limits.check(*counted))

    async def take(self, requester: Requester, sentence: str, *counted: Counted) -> None:
        """Counts one event under every rule, or under none.

        Raises:
            RateLimitedError: a limit is used up; with this sentence.
        """
        self._refuse(requester, sentence, await self._limits.take(*counted))

    async def take_silently(self, *counted: Counted) -> None:
        """Counts one event where the request is refused anyway, for another reason."""
        await self._limits.take(*counted)

    async def give_back(self, *counted: Counted) -> None:
        """Removes the last event, for an attempt that failed through no fault of the caller."""
        await self._limits.give_back(*counted)

    def _refuse(self, requester: Requester, sentence: str, exceeded: Exceeded | None) -> None:
        if exceeded:
            self._audit.record("rate_limited", requester, rule=exceeded.rule.name)
            raise RateLimitedError(sentence, exceeded.wait)
