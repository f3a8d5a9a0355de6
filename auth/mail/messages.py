"""Writes letters and hands them over. Whatever goes wrong becomes one error without the mail service's words."""

import time
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from auth.errors import MailError
from auth.settings import Settings


class Post(Protocol):
    """Hands a written letter over to whoever carries it; raises MailError."""

    async def __call__(self, letter: dict[str, str | list[str]], *, key: str) -> None: ...


class Mailer:
    """Writes letters from templates."""

    def __init__(self, sender: str, post: Post) -> None:
        self._sender = sender
        self._post = post
        self._not_before = 0.0
        self._letters = Environment(
            loader=PackageLoader("auth.mail", "email_templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def send(self, letter: str, to: str, *, subject: str, key: str, **about: str) -> None:
        """Sends one letter, in HTML and text.

        Args:
            key: makes a repeated call one letter.

        Raises:
            MailError: it was not taken.
        """
        if (pause := self._not_before - time.monotonic()) > 0:
            raise MailError("paused", pause)
        written: dict[str, str | list[str]] = {
            "from": self._sender,
            "to": [to],
            "subject": subject,
            "html": self._letters.get_template(f"{letter}.html").render(about),
            "text": self._letters.get_template(f"{letter}.txt").render(about),
        }
        try:
            await self._post(written, key=key)
        except MailError as error:
            if error.retry_after:
                self._not_before = time.monotonic() + error.retry_after
            raise


def open_mailer(settings: Settings) -> Mailer | None:
    """The mailer, where mail is set up."""
    if not settings.sends_mail:
        return None
    from auth.mail import resend_transport

    resend_transport.set_up(settings.resend_api_key, settings.resend_api_url)
    return Mailer(settings.email_from, resend_transport.post)
