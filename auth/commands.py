"""What the person at the machine can ask of the door."""

import sys
import time

from auth.addresses import InvalidAddressError, normalise
from auth.audit import Audit
from auth.keyring import make_private, open_keyring
from auth.links import Links
from auth.settings import Settings
from auth.store import open_database
from auth.tokens import Tokens


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
    keyring = open_keyring(settings)
    async with open_database(settings) as engine:
        links = Links(engine, Tokens(audience="login", keys=keyring.link))
        link = await links.make(address, nonce=None, now=time.time(), limited=False)
    audit = Audit(make_private(settings.auth_dir))
    audit.note("login_link_sent", request_id="login-link", ip="local", user=address)
    audit.close()
    print(f"{settings.site.url}/auth/verify?t={link.token}")
    print("It works once, and for 10 minutes.", file=sys.stderr)
    return 0
