"""Every path there is, who may use it, and which room answers. What is not listed here is a 404."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""
KIB = 1024
MIB = 1024 * KIB


class Guard(Enum):
    """Who may pass."""

    OPEN = auto()
    """Anyone, under any Host."""
    VISITOR = auto()
    """Any browser, under our Host; unsafe methods from our own pages."""
    SIGNED_IN = auto()
    """A browser with a live login, under the rules of VISITOR."""
    CALLER = auto()
    """An API key, a live login, or, when no key is configured, anyone who is not another site's page."""
    KEY = auto()
    """An API key; the rules of CALLER when none is configured."""


class Room(Enum):
    """Who answers."""

    DOOR = "auth"
    API = "api"
    TUI = "tui"


Look = Literal["data", "door", "terminal", "plain", "docs", "file"]
"""What kind of document it is: decides its Content-Security-Policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row."""

    rule: str
    methods: tuple[str, ...]
    guard: Guard
    room: Room
    look: Look = "data"
    most: int = MIB
    """Bytes of a request's body; 0: MAX_UPLOAD_MB, and the body is streamed."""
    is_page: bool = False
    """Whether a person looks at it: refusals are pages, and signing in is offered."""
    is_static: bool = False
    """Whether the answer may be cached."""
    is_socket: bool = False
    view: str = ""
    """The door's own view."""

    @property
    def endpoint(self) -> str:
        return f"{'+'.join(self.methods)} {self.rule}"


def _door(rule: str, methods: str, guard: Guard, view: str, *, most: int = 4 * KIB, page: bool = False) -> Route:
    return Route(
        rule=rule,
        methods=tuple(methods.split()),
        guard=guard,
        room=Room.DOOR,
        look="door",
        most=most,
        is_page=page,
        is_static=view == "asset",
        view=view,
    )


def _api(rule: str, methods: str, guard: Guard = Guard.CALLER, look: Look = "data", *, most: int = MIB) -> Route:
    return Route(rule=rule, methods=tuple(methods.split()), guard=guard, room=Room.API, look=look, most=most)


def _page(rule: str, methods: str, room: Room, look: Look, guard: Guard = Guard.SIGNED_IN) -> Route:
    return Route(rule=rule, methods=tuple(methods.split()), guard=guard, room=room, look=look, is_page=True)


def _static(rule: str, room: Room, guard: Guard) -> Route:
    return Route(rule=rule, methods=("GET",), guard=guard, room=room, is_static=True)


_SESSION = "/sessions/<id>"

ROUTES: tuple[Route, ...] = (
    _door("/health", "GET", Guard.OPEN, "health"),
    _door("/health/live", "GET", Guard.OPEN, "live"),
    _door("/auth/login", "GET", Guard.VISITOR, "sign_in", page=True),
    _door("/auth/start", "POST", Guard.VISITOR, "start", page=True),
    _door("/auth/sent", "GET", Guard.VISITOR, "sent", page=True),
    _door("/auth/verify", "GET", Guard.VISITOR, "verify", page=True),
    _door("/auth/verify", "POST", Guard.VISITOR, "confirm", page=True),
    _door("/auth/verify-ping", "GET", Guard.SIGNED_IN, "ping"),
    _door("/auth/user", "GET", Guard.SIGNED_IN, "user"),
    _door("/auth/logout", "POST", Guard.VISITOR, "log_out", page=True),
    _door("/auth/logout-all", "POST", Guard.SIGNED_IN, "log_out_all", page=True),
    _door("/auth/signed-out", "GET", Guard.VISITOR, "signed_out", page=True),
    _door("/auth/sessions", "GET", Guard.SIGNED_IN, "list_logins", page=True),
    _door("/auth/sessions/<name>", "DELETE", Guard.SIGNED_IN, "end_login"),
    _door("/auth/sessions/<name>/end", "POST", Guard.SIGNED_IN, "end_login", page=True),
    _door("/auth/static/<name>", "GET", Guard.OPEN, "asset"),
    _page("/", "GET", Room.TUI, "terminal"),
    Route(rule="/ws", methods=("GET",), guard=Guard.SIGNED_IN, room=Room.TUI, is_socket=True),
    _static("/static/<path:rest>", Room.TUI, Guard.SIGNED_IN),
    Route(rule="/download/<key>", methods=("GET",), guard=Guard.SIGNED_IN, room=Room.TUI, look="file"),
    _static("/manifest.webmanifest", Room.TUI, Guard.VISITOR),
    _static("/favicon.ico", Room.TUI, Guard.VISITOR),
    _page("/m", "GET POST", Room.API, "plain"),
    _page("/m/", "GET POST", Room.API, "plain"),
    _page("/m/<path:rest>", "GET POST", Room.API, "plain"),
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
    _api(f"{_SESSION}/export", "GET", look="file"),
    _api("/models", "GET"),
    _api("/commands", "GET"),
    _api("/usage", "GET"),
    _api("/version", "GET"),
    _api("/metrics", "GET", Guard.KEY),
    _api("/openapi.json", "GET"),
    _page("/docs", "GET", Room.API, "docs", Guard.CALLER),
    _page("/docs/<path:rest>", "GET", Room.API, "docs", Guard.CALLER),
    _api("/files/", "GET", look="file"),
    _api("/files/<path:rest>", "GET DELETE", look="file"),
    _api("/files/<path:rest>", "PUT", look="file", most=0),
)
