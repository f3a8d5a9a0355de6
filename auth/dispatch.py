"""The Quart app: takes every request through the same steps, then calls its view or forwards it to a service."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote_to_bytes

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from quart import Quart, Request, Response, Websocket, request, websocket
from quart.typing import ResponseReturnValue
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.local import LocalProxy
from werkzeug.routing import MapAdapter, RequestRedirect

from auth.client_ip import Networks
from auth.error_handlers import Responder, handle_errors
from auth.errors import AmbiguousLengthError, NotFoundError, RefusedError, as_refusal
from auth.guard import Guard
from auth.pages.views import View
from auth.proxy import Proxy
from auth.public_origin import PublicOrigin
from auth.request_body import BackpressureConnection, BufferedBody
from auth.request_context import current_context, open_context
from auth.responses import redirect
from auth.routes import ROUTES, Route
from auth.websocket_proxy import BufferedWebsocket, WebSocketProxy
from runtime.database.errors import DatabaseUnavailableError

MAX_TARGET_BYTES = 4096
"""Bytes of path and query together."""

_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_NEEDLESS_ENCODING = re.compile(
    r"%(?:2[DdEeFf]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaCcFf]|6[1-9A-Fa-f]|7[0-9AaFf]|[01][0-9A-Fa-f])"
)
"""Encoded letters, digits, `-._`, both slashes and control characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """The parts that handle requests."""

    guard: Guard
    views: Mapping[str, View]
    """The gateway's own views, by the names in the table of routes."""
    proxy: Proxy
    websocket_proxy: WebSocketProxy
    responder: Responder


def create_app(handlers: Handlers, origin: PublicOrigin, trusted_proxies: Networks) -> Quart:
    """Creates the app with every route of the table."""
    app = _App("auth", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=None, PROVIDE_AUTOMATIC_OPTIONS=False, BODY_TIMEOUT=None, RESPONSE_TIMEOUT=60)
    app.url_map.merge_slashes = False
    for route in ROUTES:
        if route.is_socket:
            app.add_websocket(route.rule, route.endpoint, _socket_handler(handlers, route))
        else:
            methods = [*route.methods, *(["HEAD"] if "GET" in route.methods else [])]
            app.add_url_rule(route.rule, route.endpoint, _request_handler(handlers, route), methods=methods)
    _admit_requests(app, handlers, origin, trusted_proxies)
    _admit_sockets(app, handlers, trusted_proxies)
    handle_errors(app, handlers.responder)
    return app


def _admit_requests(app: Quart, handlers: Handlers, origin: PublicOrigin, trusted_proxies: Networks) -> None:
    routes = {route.endpoint: route for route in ROUTES}

    @app.before_request
    async def admit() -> Response | None:
        context = open_context(request, trusted_proxies)
        if not is_canonical(request.scope["raw_path"], request.query_string):
            raise NotFoundError
        if isinstance(request.routing_exception, RequestRedirect):
            raise NotFoundError
        if request.routing_exception is not None:
            raise request.routing_exception
        context.route = route = routes[request.endpoint or ""]
        if request.headers.get("Content-Length") is not None and "Transfer-Encoding" in request.headers:
            raise AmbiguousLengthError
        if context.is_cleartext and origin.is_https and route.is_page and request.method == "GET":
            return redirect(origin.url + request.scope["raw_path"].decode(), 308)
        context.caller = await handlers.guard.admit(request, route, context)
        return None


def _admit_sockets(app: Quart, handlers: Handlers, trusted_proxies: Networks) -> None:
    routes = {route.endpoint: route for route in ROUTES}

    @app.before_websocket
    async def admit() -> Response | None:
        context = open_context(websocket, trusted_proxies)
        is_known = websocket.routing_exception is None
        if not (is_known and is_canonical(websocket.scope["raw_path"], websocket.query_string)):
            return _refuse_socket(handlers.responder, NotFoundError())
        context.route = route = routes[websocket.endpoint or ""]
        try:
            context.caller = await handlers.guard.admit(websocket, route, context)
        except (RefusedError, DatabaseUnavailableError) as error:
            return _refuse_socket(handlers.responder, as_refusal(error))
        return None


def _refuse_socket(responder: Responder, error: RefusedError) -> Response:
    # Quart finishes only the responses to requests.
    return responder.finish(responder.refuse(websocket, current_context(), error))


def _request_handler(handlers: Handlers, route: Route) -> Callable[..., Awaitable[Response]]:
    if route.upstream is None:
        view = handlers.views[route.view]

        async def call_view(**_: str) -> Response:
            return await view(_this_request(), current_context())

        return call_view
    upstream = route.upstream

    async def forward(**_: str) -> Response:
        return await handlers.proxy.forward(_this_request(), current_context(), route, upstream)

    return forward


def _socket_handler(handlers: Handlers, route: Route) -> Callable[[], Awaitable[ResponseReturnValue | None]]:
    upstream = route.upstream
    if upstream is None:
        raise ValueError(f"{route.rule} names no service for its socket")

    async def forward() -> ResponseReturnValue | None:
        try:
            await handlers.websocket_proxy.forward(_this_websocket(), current_context(), route, upstream)
        except RefusedError as error:
            return _refuse_socket(handlers.responder, error)
        return None

    return forward


def _this_request() -> Request:
    # `request` is a proxy that works in this task only; the object behind it can be used in others.
    return cast(LocalProxy[Request], request)._get_current_object()


def _this_websocket() -> Websocket:
    return cast(LocalProxy[Websocket], websocket)._get_current_object()


class _Request(Request):
    body_class = BufferedBody


class _App(Quart):
    asgi_http_class = BackpressureConnection
    asgi_websocket_class = BufferedWebsocket
    request_class = _Request

    def create_url_adapter(self, request: BaseRequestWebsocket | None) -> MapAdapter | None:
        """Looks up routes without the Host header: Werkzeug raises an error for some values, such as `.`."""
        if request is None:
            return None
        return self.url_map.bind(
            "localhost", url_scheme=request.scheme, path_info=request.path, default_method=request.method
        )

    async def asgi_app(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Treats a target without a slash, such as `*`, as an unknown path by adding one."""
        if scope["type"] != "lifespan" and not scope["path"].startswith("/"):
            scope["path"] = "/" + scope["path"].lstrip("/")
        await super().asgi_app(scope, receive, send)


def is_canonical(raw_path: bytes, query: bytes) -> bool:
    """Whether all programs read the path the same way: it has no needless encoding, empty part, `.` or `..`."""
    if len(raw_path) + len(query) > MAX_TARGET_BYTES:
        return False
    try:
        text = raw_path.decode("ascii")
        unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return False
    if not _PATH.fullmatch(text) or _NEEDLESS_ENCODING.search(text):
        return False
    parts = text.split("/")
    # Only the last part may be empty: a slash at the end names a folder.
    return not any(part in (".", "..") for part in parts) and all(parts[1:-1])
