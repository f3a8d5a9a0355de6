"""DATABASE_URL as people paste it, and how the driver is told."""

import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from auth.errors import SettingError

POSTGRES = "postgresql+asyncpg"
WANTED = "write it like postgresql://user:password@host/name, or leave it unset"
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
UNKNOWN_TO_DRIVER = frozenset(
    (
        # Channel binding is beyond this driver; the others tune what it does not have.
        *("channel_binding", "gssencmode", "sslcompression", "sslsni", "requirepeer", "require_auth"),
        *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"),
        *("client_encoding", "fallback_application_name", "load_balance_hosts", "replication", "pool_timeout"),
        *("connection_limit", "sslaccept", "pgbouncer", "connect_timeout"),
    )
)
"""Parameters of libpq, and of tools whose URLs are pasted, that would be taken for settings of the server."""
CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Address:
    """Where the database is, for SQLAlchemy."""

    url: URL
    arguments: dict[str, Any] = field(default_factory=dict)  # Any: as the driver takes them
    is_shared: bool = False
    """Whether other doors may use it too."""


def parse_database_url(text: str) -> Address:
    """Reads DATABASE_URL.

    Raises:
        SettingError: it names no database we speak to.
    """
    scheme, mark, rest = text.partition("://")
    kind = scheme.partition("+")[0]
    if not mark:
        raise SettingError("DATABASE_URL", f"is not a URL: {WANTED}")
    if kind == "sqlite":
        try:
            return Address(url=make_url(text).set(drivername="sqlite+aiosqlite"))
        except ArgumentError:
            raise SettingError("DATABASE_URL", f"is not a URL: {WANTED}") from None
    if kind not in ("postgresql", "postgres"):
        raise SettingError("DATABASE_URL", f"'{kind}' is not supported: {WANTED}")
    return _postgres(f"postgresql://{rest}")


def _postgres(text: str) -> Address:
    try:
        parts = urlsplit(text)
        given = dict(parse_qsl(parts.query, keep_blank_values=False))
    except ValueError:
        raise SettingError("DATABASE_URL", f"is not a URL: {WANTED}") from None
    mode = given.get("sslmode")
    if mode is not None and mode not in MODES:
        raise SettingError("DATABASE_URL", f"sslmode must be one of {', '.join(MODES)}")
    arguments: dict[str, Any] = {"timeout": _seconds(given), "command_timeout": COMMAND_SECONDS}
    if given.get("sslrootcert", "system") == "system":
        given.pop("sslrootcert", None)
        if mode in ("verify-ca", "verify-full"):
            arguments["ssl"] = _system_trust(given, checks_name=mode == "verify-full")
    if given.get("pgbouncer") == "true":
        # Behind it the next statement may meet another connection, which has not prepared it.
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    told = {name: value for name, value in given.items() if name not in UNKNOWN_TO_DRIVER}
    # The driver reads the rest by itself; what it does not know it hands to the server, as `options` must be.
    query = urlencode(told, quote_via=quote, safe="/")
    arguments["dsn"] = f"postgresql://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")
    return Address(url=URL.create(POSTGRES), arguments=arguments, is_shared=True)


def _seconds(given: dict[str, str]) -> float:
    try:
        return max(1.0, float(given.get("connect_timeout", CONNECT_SECONDS)))
    except ValueError:
        raise SettingError("DATABASE_URL", "connect_timeout must be a number of seconds") from None


def _system_trust(given: dict[str, str], *, checks_name: bool) -> ssl.SSLContext:
    """Trust in the certificates of this system, where none are named."""
    trust = ssl.create_default_context()
    trust.check_hostname = checks_name
    if certificate := given.get("sslcert"):
        try:
            trust.load_cert_chain(certificate, given.get("sslkey"))
        except (OSError, ssl.SSLError):
            raise SettingError("DATABASE_URL", "sslcert and sslkey name no usable certificate and key") from None
    return trust
