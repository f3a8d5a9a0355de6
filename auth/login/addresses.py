"""E-mail addresses: one canonical spelling, and who is allowed in."""

import re
from dataclasses import dataclass
from typing import Self

LONGEST = 254
OWNER = "owner@localhost"
"""The person at the machine, where nobody else was named."""

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:localhost|{_LABEL}(?:\.{_LABEL})+)")


class InvalidAddressError(ValueError):
    """Not an e-mail address that mail can be sent to."""


def normalise(text: str) -> str:
    """The one spelling under which an address is checked, stored and mailed.

    Raises:
        InvalidAddressError: `text` is no address.
    """
    # ASCII first: lower() would turn the Kelvin sign into a plain k.
    address = text.strip(" \t\r\n")
    if not address.isascii() or len(address) > LONGEST:
        raise InvalidAddressError
    address = address.lower()
    if not _ADDRESS.fullmatch(address):
        raise InvalidAddressError
    return address


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowlist:
    """Who may sign in."""

    emails: frozenset[str]
    domains: frozenset[str]
    anyone: bool
    first: str | None
    """The first of ALLOWED_EMAILS: the owner, where a link is made without being asked."""
    is_set: bool
    """Whether either variable was given at all."""

    @classmethod
    def build(cls, emails: tuple[str, ...] | None, domains: tuple[str, ...] | None, *, loopback: bool) -> Self:
        """Reads ALLOWED_EMAILS and ALLOWED_DOMAINS; None means unset, which lets anyone in on loopback alone."""
        addresses = tuple(normalise(address) for address in emails or ())
        names = frozenset(domain.lower().removeprefix("@").rstrip(".") for domain in domains or ())
        unset = emails is None and domains is None
        return cls(
            emails=frozenset(addresses),
            domains=names - {"*"},
            anyone="*" in names or (unset and loopback),
            first=addresses[0] if addresses else None,
            is_set=not unset,
        )

    def allows(self, address: str) -> bool:
        """Whether this normalised address may sign in."""
        return self.anyone or address in self.emails or address.rpartition("@")[2] in self.domains

    @property
    def is_empty(self) -> bool:
        """Whether nobody can sign in."""
        return not (self.anyone or self.emails or self.domains)

    @property
    def owner(self) -> str | None:
        """Whom the sign-in link at start-up is for; None when that cannot be told."""
        if self.first:
            return self.first
        return OWNER if self.allows(OWNER) else None
