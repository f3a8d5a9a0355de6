"""The gateway's cookies."""

from quart import Response
from quart.wrappers.base import BaseRequestWebsocket

from auth.public_origin import PublicOrigin

SESSION = "sid"
"""The login."""
NONCE = "nonce"
"""Identifies the browser that requested a sign-in link."""
BROWSER = "browser"
"""Identifies a browser that has signed in before; it grants no access."""


class Cookies:
    """Reads, sets and deletes cookies of the public origin."""

    def __init__(self, origin: PublicOrigin) -> None:
        self._origin = origin

    def get(self, request: BaseRequestWebsocket, name: str) -> str | None:
        """The cookie's value; None if it is absent, or sent twice, because another site may have set one of them."""
        values = request.cookies.getlist(self._full_name(name))
        return values[0] if len(values) == 1 else None

    def set(self, response: Response, name: str, value: str, *, seconds: float) -> None:
        """Sets the cookie in the browser; it expires after `seconds`."""
        response.set_cookie(
            self._full_name(name),
            value,
            max_age=int(seconds),
            path="/",
            secure=self._origin.is_https,
            httponly=True,
            samesite="Lax",
        )

    def delete(self, response: Response, name: str) -> None:
        """Deletes the cookie in the browser."""
        response.delete_cookie(
            self._full_name(name), path="/", secure=self._origin.is_https, httponly=True, samesite="Lax"
        )

    def _full_name(self, name: str) -> str:
        # The prefix makes browsers refuse the cookie from a subdomain or over http.
        return f"__Host-{name}" if self._origin.is_https else name
