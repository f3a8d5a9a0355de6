"""The command `login-link`: prints a sign-in link for an address in the server's terminal."""

import sys
import time

from auth.audit import Audit, Requester
from auth.audit_table import open_audit_table
from auth.login.addresses import InvalidAddressError, normalize_address
from auth.login.links import Links, link_url
from auth.login.signing_keys import open_signing_keys
from auth.login.tokens import Tokens
from auth.settings import Settings
from auth.storage.database import open_database
from auth.storage.private_folder import make_private_folder
from runtime.logging_setup import configure_logging


async def print_login_link(settings: Settings, entered: str) -> int:
    """Prints a link for the address on stdout; returns the exit code."""
    try:
        address = normalize_address(entered)
    except InvalidAddressError:
        print(f"'{entered}' is not an email address", file=sys.stderr)
        return 1
    if not settings.allowlist.allows(address):
        print(f"{address} may not sign in: add it to ALLOWED_EMAILS, or its domain to ALLOWED_DOMAINS", file=sys.stderr)
        return 1
    folder = make_private_folder(settings.auth_dir)
    configure_logging("auth", settings.log_format, settings.log_level)
    async with open_database(settings) as database, open_audit_table(database) as audit_table:
        keys = await open_signing_keys(settings, database)
        links = Links(database, Tokens(audience="login", keys=keys.link))
        link = await links.create(address, nonce=None, now=time.time(), is_limited=False)
        audit = Audit(folder, sink=audit_table)
        audit.record("login_link_sent", Requester(request_id="login-link", ip="local"), user=address)
        audit.close()
    print(link_url(settings.origin.url, link.token))
    print("It works once, for 10 minutes.", file=sys.stderr)
    return 0
