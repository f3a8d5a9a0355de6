"""A PostgreSQL URL as providers print it, made fit for the driver. The door does the same with its own."""

import ssl
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

NOT_FOR_THE_SERVER = frozenset(
    (
        *("channel_binding", "gssencmode", "sslcompression", "sslsni", "requirepeer", "require_auth"),
        *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"),
        *("client_encoding", "fallback_application_name", "load_balance_hosts", "replication", "pool_timeout"),
        *("connection_limit", "sslaccept", "pgbouncer", "connect_timeout"),
    )
)
"""Parameters of libpq, and of tools, that the driver does not know and would hand on as settings of the server."""


def driver_arguments(url: str) -> dict[str, Any]:  # Any: as the driver takes them
    """What the driver is told of the URL, which it reads for the most part by itself."""
    parts = urlsplit(f"postgresql://{url.partition('://')[2]}")
    given = dict(parse_qsl(parts.query))
    arguments: dict[str, Any] = {}
    if timeout := given.get("connect_timeout"):
        arguments["timeout"] = float(timeout)
    if given.get("pgbouncer") == "true":
        # Behind it the next statement may meet another connection, which has not prepared it.
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    if given.get("sslrootcert", "system") == "system":
        given.pop("sslrootcert", None)
        if given.get("sslmode") in ("verify-ca", "verify-full"):
            arguments["ssl"] = trust = ssl.create_default_context()
            trust.check_hostname = given["sslmode"] == "verify-full"
            if certificate := given.get("sslcert"):
                trust.load_cert_chain(certificate, given.get("sslkey"))
    told = {name: value for name, value in given.items() if name not in NOT_FOR_THE_SERVER}
    query = urlencode(told, quote_via=quote, safe="/")
    arguments["dsn"] = f"postgresql://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")
    return arguments
