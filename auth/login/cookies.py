"""The door's cookies."""

from quart import Response
from quart.wrappers.base import BaseRequestWebsocket

from auth.public_origin import Site

SESSION = "sid"
"""The signed-in session."""
NONCE = "nonce"
"""Marks the browser that asked for a link."""
BROWSER = "browser"
"""Marks a browser that has signed in before; opens nothing."""


def _name(name: str, site: Site) -> str:
    # The prefix makes browsers refuse it from a subdomain or over http.
    return f"__Host-{name}" if site.is_https else name


def cookie_of(request: BaseRequestWebsocket, name: str, site: Site) -> str | None:
    """The cookie's value; None when it is absent or there are two, of which one was planted."""
    values = request.cookies.getlist(_name(name, site))
    return values[0] if len(values) == 1 else None


def set_cookie(response: Response, name: str, value: str, site: Site, *, seconds: float) -> None:
    """Gives the browser a cookie."""
    response.set_cookie(
        _name(name, site),
        value,
        max_age=int(seconds),
        path="/",
        secure=site.is_https,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: Response, name: str, site: Site) -> None:
    """Takes the cookie back."""
    response.delete_cookie(_name(name, site), path="/", secure=site.is_https, httponly=True, samesite="Lax")
