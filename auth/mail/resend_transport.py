"""Resend's SDK, told to go out our way. Imported only where mail is sent: it takes a tenth of a second."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import resend
from resend.exceptions import ResendError
from resend.http_client_async import AsyncHTTPClient

from auth.errors import MailError

PATIENCE = 10.0
"""Seconds for all of one letter."""
LONGEST_ANSWER = 64 * 1024
"""Bytes of Resend's answer that are read."""
LONGEST_PAUSE = 3600.0
"""Seconds; a longer Retry-After counts as this much."""


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


def set_up(key: str, url: str) -> None:
    """Gives the SDK its key, address and way out; it keeps them for the whole process."""
    resend.api_key = key
    resend.api_url = url.rstrip("/")
    resend.default_async_http_client = _Client()


async def post(letter: dict[str, str | list[str]], *, key: str) -> None:
    """Hands one letter over.

    Raises:
        MailError: it was not taken.
    """
    params = resend.Emails.SendParams(**letter)  # type: ignore[typeddict-item] # `from` is no name in Python
    try:
        async with asyncio.timeout(PATIENCE + 1):
            answer = await resend.Emails.send_async(params, {"idempotency_key": key})
        _ = answer["id"]
    except ResendError as error:
        raise MailError(f"{type(error).__name__} {error.code}", _pause_of(error)) from None
    except Exception as error:  # the SDK trusts the shape of every answer
        raise MailError(type(error).__name__) from None


def _pause_of(error: ResendError) -> float | None:
    headers = {name.lower(): value for name, value in error.headers.items()}
    try:
        return min(max(float(headers.get("retry-after", "")), 0.0), LONGEST_PAUSE)
    except ValueError:
        return None
