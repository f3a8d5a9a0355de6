"""Sends one request to the api, repeats it where that is safe, and decodes the answer."""

import asyncio
import ssl
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tui.errors import NotReachableError, RefusedError

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
TIMEOUT = 30.0
"""Seconds for one request."""
_RETRY_AFTER = 0.3


class Transport:
    """HTTP over the api's socket, as one user."""

    def __init__(self, socket: Path, user: str | None, *, request_id: str | None = None) -> None:
        self._socket = socket
        self._headers = {"X-Forwarded-User": user} if user else {}
        if request_id:
            self._headers["X-Request-ID"] = request_id

    @cached_property
    def http(self) -> "httpx2.AsyncClient":
        """The HTTP client, created on first use because importing its library takes longer than drawing the screen."""
        import httpx2

        return httpx2.AsyncClient(
            # An empty TLS context: loading the system's certificates would add 25 ms to every start.
            transport=httpx2.AsyncHTTPTransport(uds=str(self._socket), verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),
            base_url="http://api",
            headers=self._headers,
            timeout=httpx2.Timeout(TIMEOUT, connect=3.0),
        )

    async def close(self) -> None:
        await self.http.aclose()

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        may_repeat: bool | None = None,
        accepts: tuple[int, ...] = (),
        **options: Any,
    ) -> bytes:
        """Sends a request and returns the body of the answer.

        Args:
            json: the body: anything msgspec can encode.
            may_repeat: whether sending it twice is safe; None means yes for every method but POST.
            accepts: error statuses that count as answers.
            options: passed to httpx2 (`params`, `content`, `headers`, `timeout`).

        Raises:
            NotReachableError: the server does not answer.
            RefusedError: the answer is an error.
        """
        if json is not None:
            options["content"] = msgspec.json.encode(json)
            options["headers"] = {"Content-Type": "application/json", **options.get("headers", {})}
        may_repeat = method != "POST" if may_repeat is None else may_repeat
        try:
            response = await self._try(method, path, options)
        except NotReachableError as error:
            if error.was_sent and not may_repeat:
                raise
            await asyncio.sleep(_RETRY_AFTER)
            response = await self._try(method, path, options)
            if method == "DELETE" and error.was_sent and response.status_code == 404:
                return b""  # the first attempt deleted it, and its answer was lost
        if response.is_error and response.status_code not in accepts:
            raise error_from(response)
        return response.content

    async def fetch(self, kind: type[T], method: str, path: str, **options: Any) -> T:
        """Sends a request and decodes the answer as `kind`; options and errors as in `send`."""
        return msgspec.json.decode(await self.send(method, path, **options), type=kind)

    async def _try(self, method: str, path: str, options: dict[str, Any]) -> "httpx2.Response":
        import httpx2

        try:
            return await self.http.request(method, path, **options)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise NotReachableError(was_sent=False) from error
        except httpx2.TransportError as error:
            raise NotReachableError(was_sent=True) from error


class _ErrorBody(msgspec.Struct):
    error: str = ""
    code: str = ""


def error_from(response: "httpx2.Response") -> RefusedError:
    """The error that a response of the api describes."""
    try:
        body = msgspec.json.decode(response.content, type=_ErrorBody)
    except msgspec.DecodeError:
        body = _ErrorBody()
    try:
        retry_after = float(response.headers.get("Retry-After", ""))
    except ValueError:
        retry_after = None
    message = body.error or f"The server answered {response.status_code}."
    return RefusedError(response.status_code, message, body.code, retry_after)
