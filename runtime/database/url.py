"""Reads DATABASE_URL, as hosting providers print it, into the arguments of the PostgreSQL driver."""

import ssl
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from runtime.settings import InvalidValueError

FIX = "write it like postgresql://user:password@host/name, or leave it unset"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
UNSUPPORTED_PARAMETERS = frozenset(
    (
        # The driver has no channel binding, and nothing that corresponds to the other parameters.
        *("channel_binding", "gssencmode", "sslcompression", "sslsni", "requirepeer", "require_auth"),
        *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"),
        *("client_encoding", "fallback_application_name", "load_balance_hosts", "replication", "pool_timeout"),
        *("connection_limit", "sslaccept", "pgbouncer", "connect_timeout"),
    )
)
"""Parameters of libpq and other tools that asyncpg would send to the server as settings."""
CONNECT_SECONDS = 5.0


class InvalidDatabaseUrlError(InvalidValueError):
    """DATABASE_URL cannot be used; the message continues the variable's name."""


def driver_arguments(url: str, *, command_seconds: float) -> dict[str, Any]:  # Any: as the driver takes them
    """The arguments of `asyncpg.connect` for this URL.

    Args:
        command_seconds: how long a statement may take.

    Raises:
        InvalidDatabaseUrlError: it is not the URL of a PostgreSQL database.
    """
    scheme, separator, rest = url.partition("://")
    kind = scheme.partition("+")[0]
    if not separator:
        raise InvalidDatabaseUrlError(f"is not a URL: {FIX}")
    if kind not in ("postgresql", "postgres"):
        raise InvalidDatabaseUrlError(f"'{kind}' is not supported: {FIX}")
    try:
        parts = urlsplit(f"postgresql://{rest}")
        parameters = dict(parse_qsl(parts.query, keep_blank_values=False))
    except ValueError:
        raise InvalidDatabaseUrlError(f"is not a URL: {FIX}") from None
    # As in libpq, sslrootcert=system means that the certificate and the name are checked.
    mode = parameters.get("sslmode") or ("verify-full" if parameters.get("sslrootcert") == "system" else None)
    if mode is not None and mode not in SSL_MODES:
        raise InvalidDatabaseUrlError(f"sslmode must be one of {', '.join(SSL_MODES)}")
    arguments: dict[str, Any] = {"timeout": _connect_seconds(parameters), "command_timeout": command_seconds}
    if parameters.get("sslrootcert", "system") == "system":
        parameters.pop("sslrootcert", None)
        if mode in ("verify-ca", "verify-full"):
            arguments["ssl"] = _system_trust(parameters, checks_name=mode == "verify-full")
    if parameters.get("pgbouncer") == "true":
        # Behind a pooler, the next statement may use another connection, which has not prepared it.
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    # The driver reads the other parameters, and sends those that it does not know to the server, such as `options`.
    supported = {name: value for name, value in parameters.items() if name not in UNSUPPORTED_PARAMETERS}
    query = urlencode(supported, quote_via=quote, safe="/")
    arguments["dsn"] = f"postgresql://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")
    return arguments


def _connect_seconds(parameters: dict[str, str]) -> float:
    try:
        seconds = float(parameters.get("connect_timeout", CONNECT_SECONDS))
    except ValueError:
        raise InvalidDatabaseUrlError("connect_timeout must be a number of seconds") from None
    # In libpq, zero or less means no limit; here requests wait for the connection, so the default applies.
    return max(1.0, seconds) if seconds > 0 else CONNECT_SECONDS


def _system_trust(parameters: dict[str, str], *, checks_name: bool) -> ssl.SSLContext:
    """Trusts the certificate authorities of this system."""
    trust = ssl.create_default_context()
    trust.check_hostname = checks_name
    if certificate := parameters.get("sslcert"):
        try:
            trust.load_cert_chain(certificate, parameters.get("sslkey"))
        except (OSError, ssl.SSLError):
            raise InvalidDatabaseUrlError("sslcert and sslkey name no usable certificate and key") from None
    return trust
