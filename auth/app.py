"""The Quart app: every request goes through the same steps, whatever its route."""

from collections.abc import Awaitable, Callable
from typing import cast

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from quart import Quart, Request, Response, Websocket, request, websocket
from quart.typing import ResponseReturnValue
from werkzeug.local import LocalProxy
from werkzeug.routing import RequestRedirect

from auth.canonical_path import is_canonical
from auth.door import Door
from auth.error_handlers import answer_everything, finish_answer
from auth.errors import RefusedError
from auth.guard import admit
from auth.pages.views.table import VIEWS
from auth.proxy import forward
from auth.request_body import PatientConnection, RoomyBody
from auth.request_context import begin_visit, current_visit
from auth.responses import go_to, refusal
from auth.routes import ROUTES, Room, Route
from auth.websocket_proxy import PatientSocket, relay


class _Request(Request):
    body_class = RoomyBody


class _App(Quart):
    asgi_http_class = PatientConnection
    asgi_websocket_class = PatientSocket
    request_class = _Request

    async def asgi_app(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serves one connection's request; a target that is no path at all is looked up as a path there is not."""
        if scope["type"] != "lifespan" and not scope["path"].startswith("/"):
            scope["path"] = "/" + scope["path"].lstrip("/")
        await super().asgi_app(scope, receive, send)


def create_app(door: Door) -> Quart:
    """The door as an ASGI app."""
    app = _App("auth", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=None, PROVIDE_AUTOMATIC_OPTIONS=False, BODY_TIMEOUT=None, RESPONSE_TIMEOUT=60)
    app.url_map.merge_slashes = False
    routes = {route.endpoint: route for route in ROUTES}
    for route in ROUTES:
        if route.is_socket:
            app.add_websocket(route.rule, route.endpoint, _socket_view(door))
        else:
            methods = [*route.methods, *(["HEAD"] if "GET" in route.methods else [])]
            app.add_url_rule(route.rule, route.endpoint, _view(door, route), methods=methods)

    @app.before_request
    async def guard() -> Response | None:
        visit = begin_visit(request, door.settings)
        if not is_canonical(request.scope["raw_path"], request.query_string):
            raise RefusedError(404, "not_found", "Not found")
        if isinstance(request.routing_exception, RequestRedirect):
            raise RefusedError(404, "not_found", "Not found")
        if request.routing_exception is not None:
            raise request.routing_exception
        visit.route = route = routes[request.endpoint or ""]
        if request.headers.get("Content-Length") is not None and "Transfer-Encoding" in request.headers:
            raise RefusedError(400, "ambiguous_length", "Content-Length and Transfer-Encoding exclude each other")
        if visit.is_cleartext and door.site.is_https and route.is_page and request.method == "GET":
            return go_to(door.site.url + request.scope["raw_path"].decode(), 308)
        visit.caller = await admit(door, request, route, visit)
        return None

    @app.before_websocket
    async def guard_socket() -> Response | None:
        visit = begin_visit(websocket, door.settings)
        is_known = websocket.routing_exception is None
        if not (is_known and is_canonical(websocket.scope["raw_path"], websocket.query_string)):
            return finish_answer(door, refusal(door, websocket, visit, RefusedError(404, "not_found", "Not found")))
        visit.route = route = routes[websocket.endpoint or ""]
        try:
            visit.caller = await admit(door, websocket, route, visit)
        except RefusedError as error:
            return finish_answer(door, refusal(door, websocket, visit, error))
        return None

    answer_everything(app, door)
    return app


def _the_request() -> Request:
    # The proxies are bound to this task; the object itself may go anywhere.
    return cast(LocalProxy[Request], request)._get_current_object()


def _the_socket() -> Websocket:
    return cast(LocalProxy[Websocket], websocket)._get_current_object()


def _view(door: Door, route: Route) -> Callable[..., Awaitable[Response]]:
    own = VIEWS[route.view] if route.room is Room.DOOR else None

    async def view(**_: str) -> Response:
        if own is not None:
            return await own(door, _the_request(), current_visit())
        return await forward(door, _the_request(), route, current_visit())

    return view


def _socket_view(door: Door) -> Callable[[], Awaitable[ResponseReturnValue | None]]:
    async def view() -> ResponseReturnValue | None:
        visit = current_visit()
        socket = _the_socket()
        try:
            if visit.route is not None:
                await relay(door, socket, visit.route, visit)
        except RefusedError as error:
            return finish_answer(door, refusal(door, socket, visit, error))
        return None

    return view
