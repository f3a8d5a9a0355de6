"""Makes a sign-in link for an address and brings it there."""

import sys
from contextlib import suppress

from auth.addresses import InvalidAddressError, normalise
from auth.door import Door
from auth.errors import LimitedError, MailError, RefusedError
from auth.limits import MAIL_GAP, MAIL_IP, MAIL_PAIR, START_REFUSED, Rule, network_of, source_of
from auth.links import NewLink, TooManyLinksError
from auth.tokens import hash_of
from auth.visit import Visit

NOT_SENT = "The sign-in mail could not be sent. Try again in a moment"
TOO_MANY = "Too many sign-in links asked for. Use the newest mail, or try again later"


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
    _respect(door, [(START_REFUSED, source)], visit)
    try:
        address = _allowed(door, typed)
    except RefusedError as error:
        door.limits.add(START_REFUSED, source)
        reason = error.code
        door.audit.note("login_failed", request_id=visit.request_id, ip=visit.ip, reason=reason)
        raise
    if door.mailer is None and not door.settings.prints_links:
        raise RefusedError(503, "mail_not_configured", "Sign-in by mail is not set up on this server")
    pair = f"{address} {network_of(visit.ip)}"
    mails = Rule("mail_all", door.settings.mails_per_hour, 3600)
    counted = [(MAIL_GAP, pair), (MAIL_PAIR, pair), (MAIL_IP, source), (mails, "")]
    _respect(door, counted, visit)
    for rule, key in counted:
        door.limits.add(rule, key)
    try:
        link = await door.links.make(address, nonce=nonce, now=door.now())
    except TooManyLinksError as error:
        _give_back(door, counted)
        door.audit.note("rate_limited", request_id=visit.request_id, ip=visit.ip, rule="live_links")
        raise LimitedError(TOO_MANY, error.retry_after) from None
    if door.settings.auth_uniform_responses:
        # Answering before the mail is on its way: how long that takes would tell who is allowed.
        door.background.run(_deliver_quietly(door, address, link, visit))
        return
    try:
        await _deliver(door, address, link, visit)
    except RefusedError:
        _give_back(door, counted)
        # The person may ask again, but nobody may keep the mail service busy with what it refuses.
        door.limits.add(START_REFUSED, source)
        raise


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


def _respect(door: Door, rules: list[tuple[Rule, str]], visit: Visit) -> None:
    waits = [(door.limits.wait(rule, key), rule.name) for rule, key in rules]
    wait, name = max(waits)
    if wait:
        door.audit.note("rate_limited", request_id=visit.request_id, ip=visit.ip, rule=name)
        raise LimitedError(TOO_MANY, wait)


def _give_back(door: Door, counted: list[tuple[Rule, str]]) -> None:
    for rule, key in counted:
        door.limits.take_back(rule, key)


async def _deliver_quietly(door: Door, address: str, link: NewLink, visit: Visit) -> None:
    with suppress(RefusedError):  # logged where it happened; the caller is told nothing in any case
        await _deliver(door, address, link, visit)


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
