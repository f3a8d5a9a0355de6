"""Sends email through Resend's SDK. Import it only where mail is sent: the import takes a tenth of a second."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import resend
from resend.exceptions import ResendError
from resend.http_client_async import AsyncHTTPClient

from auth.errors import MailError
from auth.mail.messages import Message

TIMEOUT_SECONDS = 10.0
"""Seconds for the whole exchange."""
MAX_RESPONSE_BYTES = 64 * 1024
MAX_PAUSE_SECONDS = 3600.0
"""A longer Retry-After is shortened to this."""


class ResendTransport:
    """Sends email through Resend, or through a stand-in at RESEND_API_URL. One per process: the SDK is global."""

    def __init__(self, api_key: str, url: str) -> None:
        resend.api_key = api_key
        resend.api_url = url.rstrip("/")
        resend.default_async_http_client = _Client()

    async def send(self, message: Message, *, key: str) -> None:
        params = resend.Emails.SendParams(**message)  # type: ignore[typeddict-item] # `from` is no name in Python
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS + 1):
                response = await resend.Emails.send_async(params, {"idempotency_key": key})
            _ = response["id"]
        except ResendError as error:
            raise MailError(f"{type(error).__name__} {error.code}", _retry_after(error)) from None
        except Exception as error:  # the SDK does not check the shape of responses
            raise MailError(type(error).__name__) from None


class _Client(AsyncHTTPClient):
    """The SDK's HTTP client, with one deadline, without redirects, and with a limit on the response."""

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
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream(method, url, headers=dict(headers), json=json) as response,
        ):
            if response.is_redirect:
                raise RuntimeError("redirected")
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_RESPONSE_BYTES:
                    raise RuntimeError("response too long")
            return body, response.status_code, response.headers


def _retry_after(error: ResendError) -> float | None:
    headers = {name.lower(): value for name, value in error.headers.items()}
    try:
        return min(max(float(headers.get("retry-after", "")), 0.0), MAX_PAUSE_SECONDS)
    except ValueError:
        return None
