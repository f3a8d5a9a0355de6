"""Every path that the gateway serves, who may use it, and which service answers. Any other path is a 404."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

SAFE_METHODS = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""
KIB = 1024
MIB = 1024 * KIB


class Access(Enum):
    """Who may use a route."""

    OPEN = auto()
    """Anyone, under any Host."""
    BROWSER = auto()
    """Any browser, under the Host of PUBLIC_URL; unsafe methods only from our own pages."""
    SIGNED_IN = auto()
    """A browser with a live login, under the rules of BROWSER."""
    API = auto()
    """An API key or a live login; neither, if no key is configured and the API is public (`Settings.is_api_public`)."""
    KEY = auto()
    """An API key. If no key is configured, the rules of API."""


class Upstream(Enum):
    """A service behind the gateway."""

    API = "api"
    TUI = "tui"


CspProfile = Literal["data", "gateway", "terminal", "mobile", "docs", "file"]
"""The kind of document; it decides the Content-Security-Policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row of the table."""

    rule: str
    """The path in Quart's syntax."""
    methods: tuple[str, ...]
    access: Access
    upstream: Upstream | None = None
    """The service that answers; None: one of the gateway's own views."""
    view: str = ""
    """The name of the gateway's own view."""
    csp: CspProfile = "data"
    max_body_bytes: int = MIB
    """Bytes of a request's body; 0: up to MAX_UPLOAD_MB, and the body is streamed."""
    is_page: bool = False
    """Whether browsers display the response: errors are then pages, and a missing login leads to the sign-in page."""
    is_static: bool = False
    """Whether the response may be cached."""
    is_socket: bool = False

    @property
    def endpoint(self) -> str:
        return f"{'+'.join(self.methods)} {self.rule}"


def _own(rule: str, methods: str, access: Access, view: str, *, page: bool = False) -> Route:
    return Route(
        rule=rule,
        methods=tuple(methods.split()),
        access=access,
        view=view,
        csp="gateway",
        max_body_bytes=4 * KIB,
        is_page=page,
        is_static=view == "asset",
    )


def _api(
    rule: str, methods: str, access: Access = Access.API, csp: CspProfile = "data", *, max_body_bytes: int = MIB
) -> Route:
    return Route(
        rule=rule,
        methods=tuple(methods.split()),
        access=access,
        upstream=Upstream.API,
        csp=csp,
        max_body_bytes=max_body_bytes,
    )


def _page(rule: str, methods: str, upstream: Upstream, csp: CspProfile, access: Access = Access.SIGNED_IN) -> Route:
    return Route(rule=rule, methods=tuple(methods.split()), access=access, upstream=upstream, csp=csp, is_page=True)


def _static(rule: str, access: Access) -> Route:
    return Route(rule=rule, methods=("GET",), access=access, upstream=Upstream.TUI, is_static=True)


_SESSION = "/sessions/<id>"

ROUTES: tuple[Route, ...] = (
    _own("/health", "GET", Access.OPEN, "health"),
    _own("/health/live", "GET", Access.OPEN, "live"),
    _own("/auth/login", "GET", Access.BROWSER, "show_sign_in", page=True),
    _own("/auth/start", "POST", Access.BROWSER, "start", page=True),
    _own("/auth/sent", "GET", Access.BROWSER, "show_sent", page=True),
    _own("/auth/verify", "GET", Access.BROWSER, "verify", page=True),
    _own("/auth/verify", "POST", Access.BROWSER, "confirm", page=True),
    _own("/auth/verify-ping", "GET", Access.SIGNED_IN, "ping"),
    _own("/auth/user", "GET", Access.SIGNED_IN, "show_user"),
    _own("/auth/logout", "POST", Access.BROWSER, "log_out", page=True),
    _own("/auth/logout-all", "POST", Access.SIGNED_IN, "log_out_everywhere", page=True),
    _own("/auth/signed-out", "GET", Access.BROWSER, "show_signed_out", page=True),
    _own("/auth/sessions", "GET", Access.SIGNED_IN, "list_logins", page=True),
    _own("/auth/sessions/<name>", "DELETE", Access.SIGNED_IN, "end_login"),
    _own("/auth/sessions/<name>/end", "POST", Access.SIGNED_IN, "end_login", page=True),
    _own("/auth/static/<name>", "GET", Access.OPEN, "asset"),
    _page("/", "GET", Upstream.TUI, "terminal"),
    Route(rule="/ws", methods=("GET",), access=Access.SIGNED_IN, upstream=Upstream.TUI, is_socket=True),
    _static("/static/<path:rest>", Access.SIGNED_IN),
    Route(rule="/download/<key>", methods=("GET",), access=Access.SIGNED_IN, upstream=Upstream.TUI, csp="file"),
    _static("/manifest.webmanifest", Access.BROWSER),
    _static("/favicon.ico", Access.BROWSER),
    _page("/m", "GET POST", Upstream.API, "mobile"),
    _page("/m/", "GET POST", Upstream.API, "mobile"),
    _page("/m/<path:rest>", "GET POST", Upstream.API, "mobile"),
    _api("/query", "POST"),
    _api("/sessions", "GET POST"),
    _api(_SESSION, "GET PATCH DELETE"),
    _api(f"{_SESSION}/messages", "GET POST"),
    _api(f"{_SESSION}/messages/<turn>", "DELETE"),
    _api(f"{_SESSION}/events", "GET"),
    _api(f"{_SESSION}/mcp", "GET"),
    _api(f"{_SESSION}/interrupt", "POST"),
    _api(f"{_SESSION}/requests", "GET"),
    _api(f"{_SESSION}/requests/<request>", "POST"),
    _api(f"{_SESSION}/shell", "POST"),
    _api(f"{_SESSION}/fork", "POST"),
    _api(f"{_SESSION}/rewind", "POST"),
    _api(f"{_SESSION}/export", "GET", csp="file"),
    _api("/models", "GET"),
    _api("/commands", "GET"),
    _api("/usage", "GET"),
    _api("/version", "GET"),
    _api("/metrics", "GET", Access.KEY),
    _api("/openapi.json", "GET"),
    _page("/docs", "GET", Upstream.API, "docs", Access.API),
    _page("/docs/<path:rest>", "GET", Upstream.API, "docs", Access.API),
    _api("/files/", "GET", csp="file"),
    _api("/files/<path:rest>", "GET DELETE", csp="file"),
    _api("/files/<path:rest>", "PUT", csp="file", max_body_bytes=0),
)
