"""The settings of the gateway, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from auth.login.addresses import InvalidAddressError, normalize_address
from auth.login.allowlist import Allowlist
from auth.login.api_keys import ApiKeys
from auth.login.secret_strength import find_weakness
from auth.public_origin import PublicOrigin
from runtime import shared_variables as shared
from runtime.settings import (
    InvalidValueError,
    SettingsError,
    Variable,
    number,
    read_environment,
    setting,
    switch,
    text,
    whole_number,
)
from runtime.shared_variables import MAX_PORT, LogFormat, LogLevel

Names = tuple[str, ...]
Networks = tuple[IPv4Network | IPv6Network, ...]


def _split(listed: str) -> Names:
    return tuple(part.strip() for part in listed.split(",") if part.strip())


def _emails(listed: str) -> Names:
    for address in _split(listed):
        try:
            normalize_address(address)
        except InvalidAddressError:
            raise InvalidValueError(f"has '{address}', which is not an address: write ada@example.com") from None
    return _split(listed)


def _domains(listed: str) -> Names:
    for domain in _split(listed):
        try:
            normalize_address(f"x@{domain.removeprefix('@')}") if domain != "*" else None
        except InvalidAddressError:
            raise InvalidValueError(f"has '{domain}', which is not a domain: write it like example.com") from None
    return _split(listed)


def _networks(listed: str) -> Networks:
    return tuple(ip_network(part) for part in _split(listed))


def _secret(secret: str) -> str:
    if weakness := find_weakness(secret):
        raise InvalidValueError(f"{weakness}: make one with `openssl rand -hex 32`, or leave it unset and one is made")
    return secret


def _public_url(url: str) -> str:
    PublicOrigin.parse(url, port=1)
    return url


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of the gateway; the variable of a field is its name in upper case, unless it states another."""

    port: int = setting(whole_number(8080, least=1, most=MAX_PORT))
    """The public port."""
    bind: str = setting(text(""))
    """Addresses to listen on, comma-separated; if empty: loopback, or all interfaces with a public PUBLIC_URL."""
    public_url: str = setting(Variable(default="", parse=_public_url, expected="a URL"))
    """Where people reach the deployment, such as https://claude.example.com; http://localhost:PORT if empty."""
    trusted_proxies: Networks = setting(
        Variable(default=(), parse=_networks, expected="networks such as 10.0.0.0/8, separated by commas")
    )
    """The networks whose X-Forwarded-For and X-Forwarded-Proto count."""
    run_dir: Path = setting(shared.RUN_DIR)
    """The folder of the sockets."""
    data_dir: Path = setting(shared.DATA_DIR)
    """The folder of everything that must survive a restart."""
    database_url: str | None = setting(shared.DATABASE_URL)
    """The PostgreSQL database; SQLite in `data_dir` if None."""
    demo: bool = setting(shared.DEMO)
    """Whether the demo model answers."""
    log_format: LogFormat = setting(shared.LOG_FORMAT)
    """Log lines for a person or for a program."""
    log_level: LogLevel = setting(shared.LOG_LEVEL)
    """The least important log line that is written."""
    otel_exporter_otlp_endpoint: str | None = setting(shared.OTEL_EXPORTER_OTLP_ENDPOINT)
    """Where traces are sent; None: no traces."""
    start_id: str = setting(text(""))
    """Identifies one start of the deployment (set by start.sh); see `server.print_first_link`."""

    allowed_emails: Names | None = setting(
        Variable(default=None, parse=_emails, expected="addresses", reads_empty=True)
    )
    """The addresses that may sign in; none if empty."""
    allowed_domains: Names | None = setting(
        Variable(default=None, parse=_domains, expected="domains", reads_empty=True)
    )
    """The domains whose addresses may sign in, or `*`; none if empty."""
    session_secret: str = setting(Variable(default="", parse=_secret, expected="a secret", is_secret=True))
    """Signs sign-in links and logins; if empty, one is created and stored."""
    session_secret_previous: str = setting(Variable(default="", parse=_secret, expected="a secret", is_secret=True))
    """The previous secret, which is still accepted during a rotation."""
    session_idle_minutes: float = setting(number(60, least=0, most=60 * 24 * 30, excludes_least=True))
    """How long a login lasts without a request."""
    session_max_hours: float = setting(number(12, least=0, most=24 * 90, excludes_least=True))
    """How long a login lasts at most."""

    resend_api_key: str = setting(text("", is_secret=True))
    """The key of Resend, which mails the sign-in links."""
    resend_api_url: str = setting(text("https://api.resend.com"))
    """Where Resend's API is."""
    email_from: str = setting(text(""))
    """The sender of mails, such as Claude <login@example.com>."""
    auth_print_links: bool = setting(switch())
    """Whether links are printed in the log if there is no mail, also with a public PUBLIC_URL."""
    auth_uniform_responses: bool = setting(switch())
    """Whether the sign-in page hides which addresses may sign in."""
    mails_per_hour: int = setting(whole_number(60, least=1))
    """Sign-in mails to all addresses together."""

    keys: ApiKeys = setting(
        Variable(
            name="CLAUDE_CODE_SDK_CONTAINER_API_KEY",
            default=ApiKeys(),
            parse=ApiKeys.parse,
            expected="keys",
            is_secret=True,
        )
    )
    """The keys of the API."""
    allow_public_query: bool = setting(switch())
    """Whether the API answers without a key, also with a public PUBLIC_URL."""
    max_tabs: int = setting(shared.MAX_TABS)
    """Browser tabs that a user may have open."""
    max_upload_mb: int = setting(shared.MAX_UPLOAD_MB)
    """The largest file that can be uploaded, in MiB."""

    def __post_init__(self) -> None:
        """Checks the settings that depend on each other.

        Raises:
            SettingsError: two of them contradict each other.
        """
        if self.session_idle_minutes > self.session_max_hours * 60:
            raise SettingsError("SESSION_IDLE_MINUTES is longer than SESSION_MAX_HOURS: make it shorter.")
        if self.resend_api_key:
            self._check_mail()

    def _check_mail(self) -> None:
        sender = "such as EMAIL_FROM='Claude <login@example.com>'"
        if not self.email_from:
            raise SettingsError(f"EMAIL_FROM is missing: RESEND_API_KEY needs a sender, {sender}.")
        try:
            normalize_address(parseaddr(self.email_from)[1])
        except InvalidAddressError:
            raise SettingsError(f"EMAIL_FROM contains no e-mail address: write one, {sender}.") from None
        if not self.resend_api_url.startswith(("https://", "http://")):
            raise SettingsError("RESEND_API_URL is not a URL: leave it unset, or write https://api.resend.com.")

    @property
    def auth_dir(self) -> Path:
        """The folder of the gateway's own data."""
        return self.data_dir / "auth"

    @property
    def origin(self) -> PublicOrigin:
        """Where people reach the deployment."""
        return PublicOrigin.parse(self.public_url, self.port)

    @property
    def allowlist(self) -> Allowlist:
        """Who may sign in."""
        return Allowlist.build(self.allowed_emails, self.allowed_domains, is_loopback=self.origin.is_loopback)

    @property
    def sends_mail(self) -> bool:
        """Whether sign-in links are mailed."""
        return bool(self.resend_api_key)

    @property
    def prints_links(self) -> bool:
        """Whether `/auth/start` may print the link where the server runs."""
        return not self.sends_mail and (self.origin.is_loopback or self.auth_print_links)

    @property
    def is_api_public(self) -> bool:
        """Whether the API answers callers without a key or login."""
        return not self.keys and (self.origin.is_loopback or self.allow_public_query)

    @property
    def listen_on(self) -> Names:
        """The addresses to listen on."""
        if self.bind:
            return tuple(part.strip() for part in self.bind.split(","))
        return ("127.0.0.1", "::1") if self.origin.is_loopback else ("0.0.0.0", "::")  # noqa: S104


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: with one sentence for each value that cannot be used.
    """
    return read_environment(Settings, environment)
