"""Rate limits counted in the memory of this process, in sliding windows."""

from collections import OrderedDict, deque
from collections.abc import Callable
from time import monotonic

from auth.limits.rules import Exceeded, Rule, RuleAndKey

MAX_COUNTERS = 20_000
"""Counters of one rule; further keys share one counter until others expire."""
_OVERFLOW = "overflow"


class InMemoryLimits:
    """The counters of one process."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._counters: dict[str, OrderedDict[str, deque[float]]] = {}

    async def check(self, *counted: RuleAndKey) -> Exceeded | None:
        return self.check_now(*counted)

    async def take(self, *counted: RuleAndKey) -> Exceeded | None:
        return self.take_now(*counted)

    async def give_back(self, *counted: RuleAndKey) -> None:
        self.give_back_now(*counted)

    def check_now(self, *counted: RuleAndKey) -> Exceeded | None:
        """Like `check`, without an await; returns the rule with the longest wait."""
        exceeded = [Exceeded(rule, wait) for rule, key in counted if (wait := self._wait(rule, key))]
        return max(exceeded, key=lambda each: each.wait, default=None)

    def take_now(self, *counted: RuleAndKey) -> Exceeded | None:
        """Like `take`, without an await."""
        exceeded = self.check_now(*counted)
        if exceeded is None:
            for rule, key in counted:
                self._counter(rule, key, creates=True).append(self._clock())
        return exceeded

    def give_back_now(self, *counted: RuleAndKey) -> None:
        """Like `give_back`, without an await."""
        for rule, key in counted:
            if times := self._counter(rule, key):
                times.pop()

    def _wait(self, rule: Rule, key: str) -> float:
        times = self._counter(rule, key)
        return times[-rule.times] + rule.seconds - self._clock() if len(times) >= rule.times else 0

    def _counter(self, rule: Rule, key: str, *, creates: bool = False) -> deque[float]:
        counters = self._counters.setdefault(rule.name, OrderedDict())
        self._drop_expired(counters, rule)
        if key not in counters and len(counters) >= MAX_COUNTERS:
            # Evicting a counter instead would let a flood from many addresses reset the count of an attacker.
            key = _OVERFLOW
        times = counters.get(key)
        if times is None:
            times = deque(maxlen=rule.times)
            if creates:
                counters[key] = times
        elif creates:
            counters.move_to_end(key)
        while times and times[0] <= self._clock() - rule.seconds:
            times.popleft()
        return times

    def _drop_expired(self, counters: OrderedDict[str, deque[float]], rule: Rule) -> None:
        # Counters are ordered by their last event, so the expired ones come first.
        while counters:
            times = next(iter(counters.values()))
            if times and times[-1] > self._clock() - rule.seconds:
                return
            counters.popitem(last=False)
