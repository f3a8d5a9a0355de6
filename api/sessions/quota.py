"""Decides whether another turn may begin: not while the server stops, nor beyond the user's limits."""

from datetime import UTC, datetime, timedelta

from api.errors import BudgetExceededError, DrainingError, TooManyTurnsError
from api.metrics import Metrics
from api.settings import Settings
from api.storage import UsageRows


class QuotaGuard:
    """Checks turns against the limits of each user, and counts them."""

    def __init__(self, settings: Settings, usage: UsageRows, metrics: Metrics) -> None:
        self._budget = settings.max_budget_usd
        self._turns = settings.max_turns_per_minute
        self._usage = usage
        self._metrics = metrics
        self.is_draining = False
        """Whether the server is stopping, so that no turn may begin."""

    def check_open(self) -> None:
        """Checks that the server accepts new work.

        Raises:
            DrainingError: it is stopping.
        """
        if self.is_draining:
            raise DrainingError

    async def count_turn(self, user: str) -> None:
        """Checks that the user may begin a turn, and counts it.

        Raises:
            DrainingError: the server is stopping.
            BudgetExceededError: today's turns have cost MAX_BUDGET_USD. Running turns continue.
            TooManyTurnsError: MAX_TURNS_PER_MINUTE turns have begun in this minute.
        """
        self.check_open()
        now = datetime.now(UTC)
        if self._budget and (await self._usage.today(user)).cost_usd >= self._budget:
            self._metrics.limit_refused("budget")
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            message = f"Your budget of ${self._budget:g} for today is used up; the next day begins at 00:00 UTC"
            raise BudgetExceededError(message, retry_after=(midnight - now).total_seconds())
        if self._turns and not await self._usage.count_start(user, most=self._turns):
            self._metrics.limit_refused("turns")
            message = f"More than {self._turns} prompts within a minute: wait for the next one"
            raise TooManyTurnsError(message, retry_after=60 - now.second)
