"""Mails a user when a browser that was not seen before signs in."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from auth.errors import MailError
from auth.login.redeem_link import Browser
from auth.login.tokens import hash_secret
from auth.mail.messages import Mailer
from auth.public_origin import PublicOrigin
from runtime.clock import timestamp

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBrowserNotice:
    """Sends the notice, where mail is configured."""

    mailer: Mailer | None
    origin: PublicOrigin
    now: Callable[[], float]

    async def send(self, address: str, browser: Browser, ip: str) -> None:
        """Sends the notice; logs a failure and does not raise it."""
        if self.mailer is None:
            return
        moment = timestamp(self.now())
        try:
            await self.mailer.send_new_browser_notice(
                address,
                browser=browser.name,
                ip=ip,
                time_text=f"{moment[:10]} {moment[11:16]} UTC",
                logins_url=f"{self.origin.url}/auth/sessions",
                key=hash_secret(f"new {hash_secret(browser.secret)} {address}"),
            )
        except MailError as error:
            log.warning("mail_failed", kind=error.kind)
