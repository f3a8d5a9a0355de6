"""Refuses and audits requests over a limit: sign-ins, mails, wrong API keys. `auth/limits/rules.py` has the limits."""

from auth.audit import Audit, Requester
from auth.errors import RateLimitedError
from auth.limits.rules import Exceeded, Limits, RuleAndKey


class RateLimiter:
    """Counts the events of requests, and refuses those over a limit."""

    def __init__(self, limits: Limits, audit: Audit) -> None:
        self._limits = limits
        self._audit = audit

    async def check(self, requester: Requester, message: str, *counted: RuleAndKey) -> None:
        """Refuses the request if a limit is used up; counts nothing.

        Raises:
            RateLimitedError: with this message.
        """
        self._refuse(requester, message, await self._limits.check(*counted))

    async def take(self, requester: Requester, message: str, *counted: RuleAndKey) -> None:
        """Counts one event under every rule; if a limit is used up, counts nothing and refuses the request.

        Raises:
            RateLimitedError: with this message.
        """
        self._refuse(requester, message, await self._limits.take(*counted))

    async def take_silently(self, *counted: RuleAndKey) -> None:
        """Counts one event of a request that is refused for another reason."""
        await self._limits.take(*counted)

    async def give_back(self, *counted: RuleAndKey) -> None:
        """Removes the last event, because the attempt failed through no fault of the caller."""
        await self._limits.give_back(*counted)

    def _refuse(self, requester: Requester, message: str, exceeded: Exceeded | None) -> None:
        if exceeded:
            self._audit.record("rate_limited", requester, rule=exceeded.rule.name)
            raise RateLimitedError(message, exceeded.wait)
