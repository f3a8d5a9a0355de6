"""How every answer leaves: refusals in words, and on all of them the headers that protect."""

from quart import Quart, Response, g, has_request_context, request, websocket
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from auth.door import Door
from auth.errors import RefusedError
from auth.headers import protect
from auth.public_origin import split_host
from auth.request_body import discard
from auth.request_context import Visit, current_visit
from auth.responses import refusal
from auth.routes import Look, Room


def answer_everything(app: Quart, door: Door) -> None:
    """Gives the app its last step and its words for everything that goes wrong."""

    @app.after_request
    async def finish(response: Response) -> Response:
        visit = current_visit()
        path = visit.route.rule if visit.route else "unknown"
        door.log.debug(
            "request", method=request.method, path=path, status=response.status_code, request_id=visit.request_id
        )
        if response.status_code >= 400:
            await discard(request)
        return finish_answer(door, response)

    @app.errorhandler(RefusedError)
    async def refused(error: RefusedError) -> Response:
        return refusal(door, _in_hand(), current_visit(), error)

    @app.errorhandler(HTTPException)
    async def wrong(error: HTTPException) -> Response:
        refused = _as_refusal(error)
        response = refusal(door, _in_hand(), current_visit(), refused)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    @app.errorhandler(Exception)
    async def broke(error: Exception) -> Response:
        door.log.error("request_failed", request_id=current_visit().request_id, exc_info=error)
        return refusal(door, _in_hand(), current_visit(), RefusedError(500, "internal", "Something broke. Try again"))


def _in_hand() -> BaseRequestWebsocket:
    found: BaseRequestWebsocket = request if has_request_context() else websocket
    return found


def _as_refusal(error: HTTPException) -> RefusedError:
    if error.code == 404:
        return RefusedError(404, "not_found", "Not found")
    if isinstance(error, MethodNotAllowed):
        return RefusedError(405, "method_not_allowed", "Method not allowed")
    return RefusedError(error.code or 500, "refused", error.name)


def finish_answer(door: Door, response: Response) -> Response:
    """The response with its request id, policy and the other headers that every answer carries."""
    visit: Visit | None = g.get("visit")
    look: Look = "data"
    host = ""
    if visit is not None:
        response.headers["X-Request-ID"] = visit.request_id
        host = visit.host
        if response.mimetype == "text/html":
            look = "door"
        if visit.route is not None and visit.route.room is not Room.DOOR and response.status_code < 400:
            look = visit.route.look
    origin = door.site.origin_of(host if split_host(host) else door.site.host)
    protect(response.headers, site=door.site, look=look, origin=origin)
    return response
