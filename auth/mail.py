"""Sends letters through Resend's SDK. Whatever goes wrong becomes one error without Resend's words."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx2
import resend
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from resend.exceptions import ResendError
from resend.http_client_async import AsyncHTTPClient

from auth.settings import Settings

PATIENCE = 10.0
"""Seconds for all of one letter."""
LONGEST_ANSWER = 64 * 1024
"""Bytes of Resend's answer that are read."""
LONGEST_PAUSE = 3600.0
"""Seconds; a longer Retry-After counts as this much."""


class MailError(Exception):
    """A letter could not be sent."""

    def __init__(self, kind: str, retry_after: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        """A word for the log: Resend's error type, never its message."""
        self.retry_after = retry_after
        """Seconds."""


class _Client(AsyncHTTPClient):
    """The SDK's way out: one deadline, no redirects, a bounded answer."""

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,  # Any: the SDK's own signature
        data: dict[str, str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        del files, data
        async with (
            asyncio.timeout(PATIENCE),
            httpx2.AsyncClient(timeout=PATIENCE, follow_redirects=False) as client,
            client.stream(method, url, headers=dict(headers), json=json) as answer,
        ):
            if answer.is_redirect:
                raise RuntimeError("redirected")
            body = b""
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    raise RuntimeError("answer too long")
            return body, answer.status_code, answer.headers


class Mailer:
    """Writes letters and hands them to Resend."""

    def __init__(self, settings: Settings) -> None:
        resend.api_key = settings.resend_api_key
        resend.api_url = settings.resend_api_url.rstrip("/")
        resend.default_async_http_client = _Client()
        self._sender = settings.email_from
        self._not_before = 0.0
        self._letters = Environment(
            loader=PackageLoader("auth", "letters"),
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
        params: resend.Emails.SendParams = {
            "from": self._sender,
            "to": [to],
            "subject": subject,
            "html": self._letters.get_template(f"{letter}.html").render(about),
            "text": self._letters.get_template(f"{letter}.txt").render(about),
        }
        try:
            async with asyncio.timeout(PATIENCE + 1):
                answer = await resend.Emails.send_async(params, {"idempotency_key": key})
            _ = answer["id"]
        except ResendError as error:
            raise self._failed(error) from None
        except Exception as error:  # the SDK trusts the shape of every answer
            raise MailError(type(error).__name__) from None

    def _failed(self, error: ResendError) -> MailError:
        headers = {name.lower(): value for name, value in error.headers.items()}
        try:
            pause = min(max(float(headers.get("retry-after", "")), 0.0), LONGEST_PAUSE)
        except ValueError:
            return MailError(f"{type(error).__name__} {error.code}")
        self._not_before = time.monotonic() + pause
        return MailError(f"{type(error).__name__} {error.code}", pause)
