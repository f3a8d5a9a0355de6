"""Turns a sign-in link into a login, for exactly one browser."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from auth.audit import Audit, Requester
from auth.errors import LinkInvalidError
from auth.limits.rules import VERIFY_FAILED, source_of
from auth.login.allowlist import Allowlist
from auth.login.links import Link, Links, lock_name
from auth.login.sessions import Logins
from auth.login.tokens import InvalidTokenError
from auth.rate_limiter import RateLimiter
from runtime.database.database import Database

TOO_MANY_WRONG_LINKS = "Too many sign-in links that do not work. Try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """The browser that signs in."""

    secret: str
    """The value of its cookie `browser`."""
    name: str
    """Such as `Chrome on Linux`."""
    session_cookie: str | None
    """The cookie of its current login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLogin:
    """A login that was just begun."""

    address: str
    cookie: str
    is_new_browser: bool
    """Whether the address signs in with this browser for the first time."""
    ended_logins: list[str]
    """The ids of the logins that the browser had before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRedeemer:
    """Finds links and redeems them. Failures are counted and audited."""

    database: Database
    links: Links
    logins: Logins
    allowlist: Allowlist
    limiter: RateLimiter
    audit: Audit
    now: Callable[[], float]

    async def find(self, token: str, requester: Requester) -> Link:
        """The live link of a token; consumes nothing.

        Raises:
            LinkInvalidError: there is none, or its address may not sign in.
            RateLimitedError: this client has used too many links that do not work.
        """
        try:
            link = await self.links.find(token, now=self.now())
        except InvalidTokenError:
            link = None
        if link is None or not link.is_live or not self.allowlist.allows(link.address):
            await self._count_and_refuse(requester, is_reused=link is not None and link.is_used)
        return link

    async def redeem(self, link: Link, token: str, browser: Browser, requester: Requester) -> NewLogin:
        """Consumes the link and begins a login, both in one transaction.

        Raises:
            LinkInvalidError: another browser has consumed the link at the same moment.
        """
        now = self.now()
        # One at a time for each address: two links redeemed at once could deadlock on each other's rows.
        async with self.database.write_exclusively(lock_name(link.address)) as connection:
            address = await self.links.consume(connection, token, now=now)
            if address is not None:
                ended = await self.logins.end_by_cookie(connection, browser.session_cookie, now=now)
                cookie = await self.logins.begin(connection, address, ip=requester.ip, browser=browser.name, now=now)
                is_new = await self.logins.remember_browser(connection, address, browser.secret, now=now)
        if address is None:
            await self._count_and_refuse(requester, is_reused=True)
        self.audit.record("login_ok", requester, user=address)
        return NewLogin(address=address, cookie=cookie, is_new_browser=is_new, ended_logins=ended)

    async def _count_and_refuse(self, requester: Requester, *, is_reused: bool) -> NoReturn:
        await self.limiter.take(requester, TOO_MANY_WRONG_LINKS, (VERIFY_FAILED, source_of(requester.ip)))
        self.audit.record("link_reused" if is_reused else "login_failed", requester)
        raise LinkInvalidError
