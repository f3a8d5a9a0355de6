"""Writes the emails from their templates and hands them to the transport."""

import time
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from auth.errors import MailError

Message = dict[str, str | list[str]]
"""An email in the form of Resend's API: `from`, `to`, `subject`, `html`, `text`."""


class MailTransport(Protocol):
    """Sends a finished email."""

    async def send(self, message: Message, *, key: str) -> None:
        """Sends the email; a repeated call with the same key sends it once.

        Raises:
            MailError: it was not accepted.
        """


class Mailer:
    """Sends the emails of the gateway."""

    def __init__(self, transport: MailTransport, *, sender: str, host: str) -> None:
        """Reads the templates.

        Args:
            sender: EMAIL_FROM.
            host: the server's name, which every email contains.
        """
        self._transport = transport
        self._sender = sender
        self._host = host
        self._paused_until = 0.0
        self._templates = Environment(
            loader=PackageLoader("auth.mail", "email_templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def send_login_link(self, address: str, link: str, *, key: str) -> None:
        """Sends a sign-in link.

        Raises:
            MailError: it was not accepted.
        """
        await self._send("login_link", address, "Sign in to Claude Code", key, link=link)

    async def send_new_browser_notice(
        self, address: str, *, browser: str, ip: str, time_text: str, logins_url: str, key: str
    ) -> None:
        """Informs a user that a new browser has signed in.

        Raises:
            MailError: it was not accepted.
        """
        facts = {"browser": browser, "ip": ip, "time": time_text, "logins_url": logins_url}
        await self._send("new_browser", address, "New sign-in to Claude Code", key, **facts)

    async def _send(self, template: str, address: str, subject: str, key: str, **facts: str) -> None:
        if (pause := self._paused_until - time.monotonic()) > 0:
            raise MailError("paused", pause)
        facts |= {"address": address, "host": self._host}
        message: Message = {
            "from": self._sender,
            "to": [address],
            "subject": subject,
            "html": self._templates.get_template(f"{template}.html").render(facts),
            "text": self._templates.get_template(f"{template}.txt").render(facts),
        }
        try:
            await self._transport.send(message, key=key)
        except MailError as error:
            if error.retry_after:
                self._paused_until = time.monotonic() + error.retry_after
            raise
