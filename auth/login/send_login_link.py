"""Creates a sign-in link for an address and delivers it by mail, or on stderr where no mail is configured."""

import asyncio
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from auth.audit import Audit, Requester
from auth.errors import (
    EmailInvalidError,
    EmailMissingError,
    EmailNotAllowedError,
    MailError,
    MailFailedError,
    MailNotConfiguredError,
    RateLimitedError,
    RefusedError,
)
from auth.limits.rules import (
    MAIL_ADDRESS_AND_NETWORK,
    MAIL_GAP,
    MAIL_IP,
    SIGN_IN_REFUSED,
    all_mails,
    network_of,
    source_of,
)
from auth.login.addresses import InvalidAddressError, normalize_address
from auth.login.allowlist import Allowlist
from auth.login.links import Links, NewLink, TooManyLinksError, link_url
from auth.login.tokens import hash_secret
from auth.mail.messages import Mailer
from auth.public_origin import PublicOrigin
from auth.rate_limiter import RateLimiter
from runtime.database.errors import DatabaseUnavailableError

TOO_MANY_LINKS = "Too many sign-in links requested. Use the newest mail, or try again later"
DELAY_SECONDS = (0.02, 0.5)
"""The shortest and the longest pause before a link that is sent after the response."""

log = structlog.get_logger(__name__)


def print_link(link: str, address: str) -> None:
    """Prints a link on the server's stderr, in one line."""
    print(f"Sign-in link for {address} (works once, for 10 minutes): {link}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLinkSender:
    """Sends sign-in links to addresses that may sign in."""

    allowlist: Allowlist
    links: Links
    mailer: Mailer | None
    """None where no mail is configured."""
    prints_links: bool
    """Whether to print links where no mail is configured."""
    mails_per_hour: int
    origin: PublicOrigin
    limiter: RateLimiter
    audit: Audit
    now: Callable[[], float]

    async def send(self, entered: object, nonce: str, requester: Requester) -> None:
        """Sends a link to the address that was entered.

        Args:
            nonce: identifies the browser.

        Raises:
            RefusedError: no link was sent.
        """
        source = source_of(requester.ip)
        await self.limiter.check(requester, TOO_MANY_LINKS, (SIGN_IN_REFUSED, source))
        try:
            address = self._allowed_address(entered)
        except RefusedError as error:
            await self.limiter.take(requester, TOO_MANY_LINKS, (SIGN_IN_REFUSED, source))
            self.audit.record("login_failed", requester, reason=error.code)
            raise
        if self.mailer is None and not self.prints_links:
            raise MailNotConfiguredError
        await self._send_within_limits(address, nonce, requester)

    async def send_after_response(self, entered: object, nonce: str, requester: Requester) -> None:
        """Sends after a random pause and hides errors, so that timing does not reveal allowed addresses."""
        await asyncio.sleep(secrets.SystemRandom().uniform(*DELAY_SECONDS))
        with suppress(RefusedError, DatabaseUnavailableError):  # audited or logged where it is raised
            await self.send(entered, nonce, requester)

    def _allowed_address(self, entered: object) -> str:
        if entered is None or (isinstance(entered, str) and not entered.strip()):
            raise EmailMissingError
        try:
            address = normalize_address(entered if isinstance(entered, str) else "")
        except InvalidAddressError:
            raise EmailInvalidError from None
        if not self.allowlist.allows(address):
            raise EmailNotAllowedError
        return address

    async def _send_within_limits(self, address: str, nonce: str, requester: Requester) -> None:
        source = source_of(requester.ip)
        pair = f"{address} {network_of(requester.ip)}"
        counted = (
            (MAIL_GAP, pair),
            (MAIL_ADDRESS_AND_NETWORK, pair),
            (MAIL_IP, source),
            (all_mails(self.mails_per_hour), ""),
        )
        await self.limiter.take(requester, TOO_MANY_LINKS, *counted)
        try:
            link = await self.links.create(address, nonce=nonce, now=self.now())
        except TooManyLinksError as error:
            await self.limiter.give_back(*counted)
            self.audit.record("rate_limited", requester, rule="live_links")
            raise RateLimitedError(TOO_MANY_LINKS, error.wait_seconds) from None
        try:
            await self._deliver(address, link, requester)
        except (MailFailedError, DatabaseUnavailableError):
            await self.limiter.give_back(*counted)
            # Counted, so that retries cannot flood a mail service that fails.
            await self.limiter.take_silently((SIGN_IN_REFUSED, source))
            raise
        self.audit.record("login_link_sent", requester, user=address)

    async def _deliver(self, address: str, link: NewLink, requester: Requester) -> None:
        url = link_url(self.origin.url, link.token)
        if self.mailer is None:
            print_link(url, address)
            return
        try:
            await self.mailer.send_login_link(address, url, key=hash_secret(link.id))
        except MailError as error:
            await self.links.delete(link)
            log.warning("mail_failed", kind=error.kind, request_id=requester.request_id)
            pause = round(error.retry_after + 0.5) if error.retry_after else None
            raise MailFailedError(retry_after=pause) from None
