"""What the person at the machine can ask of the door."""

import sys
import time

import structlog

from auth.audit import Audit
from auth.audit_table import keeping_audit
from auth.login.addresses import InvalidAddressError, normalise
from auth.login.links import Links
from auth.login.signing_keys import make_private
from auth.login.tokens import Tokens
from auth.settings import Settings
from auth.storage.database import open_database
from auth.storage.secret import open_keyring
from runtime.logging_setup import configure_logging


async def login_link(settings: Settings, typed: str) -> int:
    """Prints a link for the address on stdout; returns the exit code."""
    try:
        address = normalise(typed)
    except InvalidAddressError:
        print(f"'{typed}' is not an e-mail address", file=sys.stderr)
        return 1
    if not settings.allowlist.allows(address):
        print(f"{address} may not sign in: add it to ALLOWED_EMAILS, or its domain to ALLOWED_DOMAINS", file=sys.stderr)
        return 1
    configure_logging("auth", settings.log_format, settings.log_level)
    log = structlog.get_logger("auth")
    async with open_database(settings) as database, keeping_audit(database, log) as table:
        keyring = await open_keyring(settings, database)
        links = Links(database, Tokens(audience="login", keys=keyring.link))
        link = await links.make(address, nonce=None, now=time.time(), limited=False)
        audit = Audit(make_private(settings.auth_dir), table=table)
        audit.note("login_link_sent", request_id="login-link", ip="local", user=address)
        audit.close()
    print(f"{settings.site.url}/auth/verify?t={link.token}")
    print("It works once, and for 10 minutes.", file=sys.stderr)
    return 0
