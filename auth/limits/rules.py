"""The rate limits, and what every place that counts them provides."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `times` events in `seconds`."""

    name: str
    times: int
    seconds: float


MAIL_GAP = Rule("mail_gap", 1, 30)
"""Between two emails to the same address, requested from the same network."""
MAIL_PAIR = Rule("mail_pair", 3, 900)
"""Emails to the same address, requested from the same network."""
MAIL_IP = Rule("mail_ip", 10, 900)
START_REFUSED = Rule("start_refused", 60, 900)
VERIFY_FAILED = Rule("verify_failed", 20, 900)
KEY_FAILED = Rule("key_failed", 10, 60)


def mails_in_all(per_hour: int) -> Rule:
    """The rule for all emails together: MAILS_PER_HOUR."""
    return Rule("mail_all", per_hour, 3600)


Counted = tuple[Rule, str]
"""A rule, and the key of the counter: an address, a network, …"""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A rule that does not allow another event yet."""

    rule: Rule
    wait: float
    """Seconds until it does."""


class Limits(Protocol):
    """Counts events by rule and key."""

    async def check(self, *counted: Counted) -> Exceeded | None:
        """The rule that does not allow another event; counts nothing."""

    async def take(self, *counted: Counted) -> Exceeded | None:
        """Counts one event under every rule, or under none if one of them is exceeded; returns that one."""

    async def give_back(self, *counted: Counted) -> None:
        """Removes the last event, for an attempt that failed through no fault of the caller."""


def network_of(ip: str) -> str:
    """The /24 or /64 of an address, within which one person can choose addresses freely."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))


def source_of(ip: str) -> str:
    """The key under which a sender is counted: an IPv4 address, or the /64 of an IPv6 address."""
    return network_of(ip) if ":" in ip else ip
