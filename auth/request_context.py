"""What the gateway knows about the request it handles: its id, its sender, its route, and who is signed in."""

from dataclasses import dataclass
from typing import cast

from quart import g
from quart.wrappers.base import BaseRequestWebsocket

from auth.audit import Requester
from auth.client_ip import Networks, client_ip, is_trusted, normalize_ip
from auth.login.sessions import Login
from auth.routes import Route
from runtime.request_id import HEADER, request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The user who makes a request."""

    user: str
    """An address, the name of an API key, or `public`."""
    login: Login | None = None


@dataclass(slots=True, kw_only=True)
class RequestContext:
    """What is known about one request."""

    requester: Requester
    host: str
    is_cleartext: bool
    """Whether a trusted proxy says that the browser used plain http."""
    route: Route | None = None
    """None until the path is looked up, and for unknown paths."""
    caller: Caller | None = None
    """None until the guard admits the request, and on routes that need no user."""

    @property
    def request_id(self) -> str:
        return self.requester.request_id

    @property
    def user(self) -> str | None:
        return self.caller.user if self.caller else None

    @property
    def login(self) -> Login:
        """The login; only for routes that require one."""
        if self.caller is None or self.caller.login is None:
            raise LookupError("a view that requires a login was called without one")
        return self.caller.login

    @property
    def max_body_bytes(self) -> int:
        return self.route.max_body_bytes if self.route else 0


def open_context(request: BaseRequestWebsocket, trusted_proxies: Networks) -> RequestContext:
    """Creates the context of a request and keeps it until the request ends."""
    client = request.scope.get("client")
    peer = client[0] if client else ""
    ip = client_ip(peer, request.headers.getlist("X-Forwarded-For"), trusted_proxies)
    forwarded_proto = request.headers.get("X-Forwarded-Proto", "").strip().lower()
    peer_ip = normalize_ip(peer)
    context = RequestContext(
        requester=Requester(request_id=request_id(request.headers.get(HEADER)), ip=ip),
        host=request.headers.get("Host", ""),
        is_cleartext=forwarded_proto == "http" and peer_ip is not None and is_trusted(peer_ip, trusted_proxies),
    )
    g.context = context
    return context


def current_context() -> RequestContext:
    """The context of the request being handled."""
    return cast(RequestContext, g.context)
