"""One request as the door sees it: who asks, from where, under which name of ours."""

import re
import uuid
from dataclasses import dataclass
from typing import cast

from quart import g
from quart.wrappers.base import BaseRequestWebsocket

from auth.client_ip import client_ip, is_trusted, plain
from auth.login.sessions import Login
from auth.routes import Route
from auth.settings import Settings

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whom a request is for."""

    user: str
    """An address, the name of an API key, or `public`."""
    login: Login | None = None


@dataclass(slots=True, kw_only=True)
class Visit:
    """What is known of the request in hand."""

    request_id: str
    ip: str
    host: str
    is_cleartext: bool
    """Whether a trusted proxy says that the browser came over plain http."""
    route: Route | None = None
    caller: Caller | None = None

    @property
    def user(self) -> str | None:
        return self.caller.user if self.caller else None

    @property
    def login(self) -> Login:
        """The login of a route that takes one."""
        if self.caller is None or self.caller.login is None:
            raise LookupError("a signed-in view was reached without a login")
        return self.caller.login


def begin_visit(request: BaseRequestWebsocket, settings: Settings) -> Visit:
    """Reads the request's envelope and keeps it for the rest of the request."""
    client = request.scope.get("client")
    peer = client[0] if client else ""
    given = request.headers.get("X-Request-ID", "")
    trusted = bool(plain(peer)) and is_trusted(plain(peer) or "", settings.trusted_proxies)
    visit = Visit(
        request_id=given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex,
        ip=client_ip(peer, request.headers.getlist("X-Forwarded-For"), settings.trusted_proxies),
        host=request.headers.get("Host", ""),
        is_cleartext=trusted and request.headers.get("X-Forwarded-Proto", "").strip().lower() == "http",
    )
    g.visit = visit
    return visit


def current_visit() -> Visit:
    """The visit of the request in hand."""
    return cast(Visit, g.visit)
