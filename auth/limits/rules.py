"""The rate limits, and the interface of their counters."""

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
"""Emails to one address requested from one network: the pause between two."""
MAIL_ADDRESS_AND_NETWORK = Rule("mail_pair", 3, 900)
"""Emails to one address requested from one network."""
MAIL_IP = Rule("mail_ip", 10, 900)
"""Emails requested by one client."""
SIGN_IN_REFUSED = Rule("start_refused", 60, 900)
"""Requests of one client for a sign-in link that were refused before an email was sent."""
VERIFY_FAILED = Rule("verify_failed", 20, 900)
"""Sign-in links of one client that did not work."""
KEY_FAILED = Rule("key_failed", 10, 60)
"""Wrong API keys of one client."""


def all_mails(per_hour: int) -> Rule:
    """The rule for all emails together: MAILS_PER_HOUR."""
    return Rule("mail_all", per_hour, 3600)


RuleAndKey = tuple[Rule, str]
"""A rule, and the key of the counter: an address, a network, …"""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A rule that does not allow another event yet."""

    rule: Rule
    wait: float
    """Seconds until it allows the next one."""


class Limits(Protocol):
    """Counts events by rule and key."""

    async def check(self, *counted: RuleAndKey) -> Exceeded | None:
        """Returns the rule that is exceeded, if there is one; counts nothing."""

    async def take(self, *counted: RuleAndKey) -> Exceeded | None:
        """Counts one event under every rule. If one of them is exceeded, counts nothing and returns it."""

    async def give_back(self, *counted: RuleAndKey) -> None:
        """Removes the last event, because the attempt failed through no fault of the caller."""


def network_of(ip: str) -> str:
    """The /24 or /64 of an address, within which one person can choose addresses freely."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))


def source_of(ip: str) -> str:
    """The rate-limit key of a client: an IPv4 address, or the /64 of an IPv6 address."""
    return network_of(ip) if ":" in ip else ip
