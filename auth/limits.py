"""How often something may be done, counted in sliding windows in memory."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from time import monotonic

MOST_COUNTERS = 20_000
"""Counters kept; beyond it the one not used for longest goes, so that a flood of addresses fills no memory."""


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


class Limits:
    """Counts events by rule and key."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._times: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def wait(self, rule: Rule, key: str) -> float:
        """Seconds until this may be done again; 0 when it may be done now."""
        times = self._times.get((rule.name, key))
        if times is None:
            return 0
        now = self._clock()
        while times and times[0] <= now - rule.seconds:
            times.popleft()
        return 0 if len(times) < rule.times else times[-rule.times] + rule.seconds - now

    def add(self, rule: Rule, key: str) -> None:
        """Counts one."""
        times = self._times.setdefault((rule.name, key), deque(maxlen=rule.times))
        times.append(self._clock())
        self._times.move_to_end((rule.name, key))
        while len(self._times) > MOST_COUNTERS:
            self._times.popitem(last=False)

    def take_back(self, rule: Rule, key: str) -> None:
        """Uncounts the last one, which came to nothing through no fault of the caller."""
        if times := self._times.get((rule.name, key)):
            times.pop()
