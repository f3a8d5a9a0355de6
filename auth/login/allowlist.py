"""The allowlist: which addresses may sign in."""

from dataclasses import dataclass
from typing import Self

from auth.login.addresses import normalize_address

DEFAULT_OWNER = "owner@localhost"
"""The owner of a server on which no address is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowlist:
    """The addresses that may sign in."""

    emails: frozenset[str]
    domains: frozenset[str]
    allows_anyone: bool
    first_email: str | None
    """The first of ALLOWED_EMAILS: the owner, who gets the start-up link."""
    is_configured: bool
    """Whether ALLOWED_EMAILS or ALLOWED_DOMAINS is set, also to an empty value."""

    @classmethod
    def build(cls, emails: tuple[str, ...] | None, domains: tuple[str, ...] | None, *, is_loopback: bool) -> Self:
        """Reads ALLOWED_EMAILS and ALLOWED_DOMAINS; if both are None, allows anyone on loopback only."""
        addresses = tuple(normalize_address(address) for address in emails or ())
        names = frozenset(domain.lower().removeprefix("@").rstrip(".") for domain in domains or ())
        is_configured = emails is not None or domains is not None
        return cls(
            emails=frozenset(addresses),
            domains=names - {"*"},
            allows_anyone="*" in names or (is_loopback and not is_configured),
            first_email=addresses[0] if addresses else None,
            is_configured=is_configured,
        )

    def allows(self, address: str) -> bool:
        """Whether this normalized address may sign in."""
        return self.allows_anyone or address in self.emails or address.rpartition("@")[2] in self.domains

    @property
    def is_empty(self) -> bool:
        """Whether no address may sign in."""
        return not (self.allows_anyone or self.emails or self.domains)

    @property
    def owner(self) -> str | None:
        """The address that gets the start-up link; None if the settings name no single one."""
        if self.first_email:
            return self.first_email
        return DEFAULT_OWNER if self.allows(DEFAULT_OWNER) else None
