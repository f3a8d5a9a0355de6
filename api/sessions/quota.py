"""Whether another turn may begin: not while the server stops, nor beyond what its user may use."""

from datetime import UTC, datetime, timedelta

from api.errors import BusyError, LimitError
from api.metrics import Metrics
from api.settings import Settings
from api.storage import UsageRows


class DrainingError(BusyError):
    """The server is about to stop and begins nothing new. Try again in a moment"""

    code = "draining"
    retry_after = 5


class BudgetExceededError(LimitError):
    """Your budget for today is used up"""

    code = "budget_exceeded"


class TooManyTurnsError(LimitError):
    """Too many prompts within a minute"""

    code = "too_many_turns"


class QuotaGuard:
    """Admits turns."""

    def __init__(self, settings: Settings, usage: UsageRows, metrics: Metrics) -> None:
        self._budget = settings.max_budget_usd
        self._turns = settings.max_turns_per_minute
        self._usage = usage
        self._metrics = metrics
        self.is_draining = False
        """Whether the server is about to stop."""

    def check_open(self) -> None:
        """Makes sure that something new may begin.

        Raises:
            DrainingError: the server is about to stop.
        """
        if self.is_draining:
            raise DrainingError

    async def admit(self, user: str) -> None:
        """Makes sure that the user may begin a turn, and counts it.

        Raises:
            DrainingError: the server is about to stop.
            BudgetExceededError: today's turns cost MAX_BUDGET_USD; one that runs is not cut off.
            TooManyTurnsError: MAX_TURNS_PER_MINUTE of them began in this minute.
        """
        self.check_open()
        now = datetime.now(UTC)
        if self._budget and (await self._usage.today(user)).cost_usd >= self._budget:
            self._metrics.limit_refused("budget")
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            sentence = f"Your budget of ${self._budget:g} for today is used up; the next day begins at 00:00 UTC"
            raise BudgetExceededError(sentence, retry_after=(midnight - now).total_seconds())
        if self._turns and not await self._usage.begin(user, most=self._turns):
            self._metrics.limit_refused("turns")
            sentence = f"More than {self._turns} prompts within a minute: wait for the next one"
            raise TooManyTurnsError(sentence, retry_after=60 - now.second)
