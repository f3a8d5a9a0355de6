"""DATABASE_URL as people paste it from their provider's page, and how the driver is told."""

import ssl
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from runtime.settings import InvalidValueError

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


class UnusableUrlError(InvalidValueError):
    """No database that we speak to; the message goes behind the variable's name."""


def driver_arguments(text: str, *, command_seconds: float) -> dict[str, Any]:  # Any: as the driver takes them
    """What the driver is told of the URL, which it reads for the most part by itself.

    Args:
        command_seconds: how long a statement may take until the database counts as away.

    Raises:
        UnusableUrlError: it is no URL of a PostgreSQL database.
    """
    scheme, mark, rest = text.partition("://")
    kind = scheme.partition("+")[0]
    if not mark:
        raise UnusableUrlError(f"is not a URL: {WANTED}")
    if kind not in ("postgresql", "postgres"):
        raise UnusableUrlError(f"'{kind}' is not supported: {WANTED}")
    try:
        parts = urlsplit(f"postgresql://{rest}")
        given = dict(parse_qsl(parts.query, keep_blank_values=False))
    except ValueError:
        raise UnusableUrlError(f"is not a URL: {WANTED}") from None
    # As libpq has it: who names the system's certificates wants them checked, and the name too.
    mode = given.get("sslmode") or ("verify-full" if given.get("sslrootcert") == "system" else None)
    if mode is not None and mode not in MODES:
        raise UnusableUrlError(f"sslmode must be one of {', '.join(MODES)}")
    arguments: dict[str, Any] = {"timeout": _seconds(given), "command_timeout": command_seconds}
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
    return arguments


def _seconds(given: dict[str, str]) -> float:
    try:
        seconds = float(given.get("connect_timeout", CONNECT_SECONDS))
    except ValueError:
        raise UnusableUrlError("connect_timeout must be a number of seconds") from None
    # None or less is libpq's word for no limit; callers of ours wait, so they get the usual one.
    return max(1.0, seconds) if seconds > 0 else CONNECT_SECONDS


def _system_trust(given: dict[str, str], *, checks_name: bool) -> ssl.SSLContext:
    """Trust in the certificates of this system, where none are named."""
    trust = ssl.create_default_context()
    trust.check_hostname = checks_name
    if certificate := given.get("sslcert"):
        try:
            trust.load_cert_chain(certificate, given.get("sslkey"))
        except (OSError, ssl.SSLError):
            raise UnusableUrlError("sslcert and sslkey name no usable certificate and key") from None
    return trust
