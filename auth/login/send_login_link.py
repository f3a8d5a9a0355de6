"""Makes a sign-in link for an address and brings it there."""

import asyncio
import secrets
import sys
from contextlib import suppress

from auth.door import Door
from auth.errors import LimitedError, MailError, RefusedError
from auth.limits.in_memory import MAIL_GAP, MAIL_IP, MAIL_PAIR, START_REFUSED, Exceeded, Rule, network_of, source_of
from auth.login.addresses import InvalidAddressError, normalise
from auth.login.links import NewLink, TooManyLinksError
from auth.login.tokens import hash_of
from auth.request_context import Visit

NOT_SENT = "The sign-in mail could not be sent. Try again in a moment"
TOO_MANY = "Too many sign-in links asked for. Use the newest mail, or try again later"

LATER = 0.5
"""Seconds, at most, that an unseen invitation waits."""


def link_url(door: Door, token: str) -> str:
    """Where a link leads: PUBLIC_URL, never the Host that asked."""
    return f"{door.site.url}/auth/verify?t={token}"


def show_link(url: str, address: str) -> None:
    """Prints a link where the server runs, on one line."""
    print(f"Sign-in link for {address} (works once, for 10 minutes): {url}", file=sys.stderr, flush=True)


async def invite(door: Door, typed: object, nonce: str, visit: Visit) -> None:
    """Sends a link to the address that was typed.

    Raises:
        RefusedError: no link was sent; says why.
    """
    source = source_of(visit.ip)
    refused = (START_REFUSED, source)
    _respect(door, await door.limits.ask(refused), visit)
    try:
        address = _allowed(door, typed)
    except RefusedError as error:
        _respect(door, await door.limits.take(refused), visit)
        reason = error.code
        door.audit.note("login_failed", request_id=visit.request_id, ip=visit.ip, reason=reason)
        raise
    if door.mailer is None and not door.settings.prints_links:
        raise RefusedError(503, "mail_not_configured", "Sign-in by mail is not set up on this server")
    pair = f"{address} {network_of(visit.ip)}"
    mails = Rule("mail_all", door.settings.mails_per_hour, 3600)
    counted = [(MAIL_GAP, pair), (MAIL_PAIR, pair), (MAIL_IP, source), (mails, "")]
    _respect(door, await door.limits.take(*counted), visit)
    try:
        link = await door.links.make(address, nonce=nonce, now=door.now())
    except TooManyLinksError as error:
        await door.limits.give_back(*counted)
        door.audit.note("rate_limited", request_id=visit.request_id, ip=visit.ip, rule="live_links")
        raise LimitedError(TOO_MANY, error.retry_after) from None
    try:
        await _deliver(door, address, link, visit)
    except RefusedError:
        await door.limits.give_back(*counted)
        # The person may ask again, but nobody may keep the mail service busy with what it refuses.
        await door.limits.take(refused)
        raise


async def invite_unseen(door: Door, typed: object, nonce: str, visit: Visit) -> None:
    """Does the same when the answer is out already, so that its time tells nobody who is allowed."""
    # Some time later, too: the next answer would be held up by the work that this one made.
    await asyncio.sleep(secrets.SystemRandom().uniform(0.02, LATER))
    with suppress(RefusedError):  # audited where it happened; the caller is told nothing in any case
        await invite(door, typed, nonce, visit)


def _allowed(door: Door, typed: object) -> str:
    if typed is None or (isinstance(typed, str) and not typed.strip()):
        raise RefusedError(400, "email_required", "Email is required")
    try:
        address = normalise(typed if isinstance(typed, str) else "")
    except InvalidAddressError:
        raise RefusedError(400, "invalid_email", "Invalid email address") from None
    if not door.allowlist.allows(address):
        raise RefusedError(403, "email_not_allowed", "Email address not allowed")
    return address


def _respect(door: Door, exceeded: Exceeded | None, visit: Visit) -> None:
    if exceeded:
        door.audit.note("rate_limited", request_id=visit.request_id, ip=visit.ip, rule=exceeded.rule.name)
        raise LimitedError(TOO_MANY, exceeded.wait)


async def _deliver(door: Door, address: str, link: NewLink, visit: Visit) -> None:
    url = link_url(door, link.token)
    if door.mailer is None:
        show_link(url, address)
    else:
        try:
            await door.mailer.send(
                "sign_in",
                address,
                subject="Sign in to Claude Code",
                key=hash_of(link.id),
                address=address,
                host=door.site.host,
                link=url,
            )
        except MailError as error:
            await door.links.forget(link)
            door.log.warning("mail_failed", kind=error.kind, request_id=visit.request_id)
            pause = round(error.retry_after + 0.5) if error.retry_after else None
            raise RefusedError(502, "mail_failed", NOT_SENT, retry_after=pause) from None
    door.audit.note("login_link_sent", request_id=visit.request_id, ip=visit.ip, user=address)
