"""How often something may be done, and the counters in memory: sliding windows, a space for each rule."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Protocol

MOST_COUNTERS = 20_000
"""Counters kept for a rule; who comes beyond them shares one with everybody else who does, until there is room."""
_THE_REST = "the rest"


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `times` in `seconds`."""

    name: str
    times: int
    seconds: float


MAIL_GAP = Rule("mail_gap", 1, 30)
MAIL_PAIR = Rule("mail_pair", 3, 900)
MAIL_IP = Rule("mail_ip", 10, 900)
START_REFUSED = Rule("start_refused", 60, 900)
VERIFY_FAILED = Rule("verify_failed", 20, 900)
KEY_FAILED = Rule("key_failed", 10, 60)

Counted = tuple[Rule, str]
"""A rule, and who is counted by it."""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """What may not be done yet."""

    rule: Rule
    wait: float
    """Seconds until it may."""


class Limits(Protocol):
    """Counts events by rule and key; one contract for every place that the counters can be in."""

    async def ask(self, *counted: Counted) -> Exceeded | None:
        """What stands against doing this now; counts nothing."""

    async def take(self, *counted: Counted) -> Exceeded | None:
        """Counts one under each of these, or under none of them when one is used up; says which."""

    async def give_back(self, *counted: Counted) -> None:
        """Uncounts what came to nothing through no fault of the caller."""


def network_of(ip: str) -> str:
    """The /24 or /64 that an address is in: what one person can move about in."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))


def source_of(ip: str) -> str:
    """What `an IP` means in a limit: the address, or the /64 of a longer one."""
    return network_of(ip) if ":" in ip else ip


class NearLimits:
    """The counters in memory: all there are for one machine."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._spaces: dict[str, OrderedDict[str, deque[float]]] = {}

    async def ask(self, *counted: Counted) -> Exceeded | None:
        return self.exceeded(*counted)

    async def take(self, *counted: Counted) -> Exceeded | None:
        return self.spend(*counted)

    async def give_back(self, *counted: Counted) -> None:
        self.restore(*counted)

    def spend(self, *counted: Counted) -> Exceeded | None:
        """Takes without a wait."""
        exceeded = self.exceeded(*counted)
        if exceeded is None:
            for rule, key in counted:
                self._counter(rule, key, make=True).append(self._clock())
        return exceeded

    def restore(self, *counted: Counted) -> None:
        """Gives back without a wait."""
        for rule, key in counted:
            if times := self._counter(rule, key):
                times.pop()

    def exceeded(self, *counted: Counted) -> Exceeded | None:
        """The rule that takes longest until it allows this."""
        found = [Exceeded(rule, wait) for rule, key in counted if (wait := self._wait(rule, key))]
        return max(found, key=lambda exceeded: exceeded.wait, default=None)

    def _wait(self, rule: Rule, key: str) -> float:
        times = self._counter(rule, key)
        return times[-rule.times] + rule.seconds - self._clock() if len(times) >= rule.times else 0

    def _counter(self, rule: Rule, key: str, *, make: bool = False) -> deque[float]:
        space = self._spaces.setdefault(rule.name, OrderedDict())
        self._sweep(space, rule)
        if key not in space and len(space) >= MOST_COUNTERS:
            # Nobody's count is thrown out for a newcomer: a flood from many addresses would set others free.
            key = _THE_REST
        times = space.get(key)
        if times is None:
            times = deque(maxlen=rule.times)
            if make:
                space[key] = times
        elif make:
            space.move_to_end(key)
        while times and times[0] <= self._clock() - rule.seconds:
            times.popleft()
        return times

    def _sweep(self, space: OrderedDict[str, deque[float]], rule: Rule) -> None:
        # The one counted longest ago is first: all that can be dropped stand before all that cannot.
        while space:
            times = next(iter(space.values()))
            if times and times[-1] > self._clock() - rule.seconds:
                return
            space.popitem(last=False)
