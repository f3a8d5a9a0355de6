"""Turns errors into responses, as a page for people and as JSON for programs, and finishes every response."""

from dataclasses import dataclass

import structlog
from quart import Quart, Response, g, has_request_context, request, websocket
from quart.wrappers.base import BaseRequestWebsocket
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from auth.errors import (
    HttpStatusError,
    InternalError,
    MethodNotAllowedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
    as_refusal,
)
from auth.headers import add_security_headers
from auth.pages.renderer import PageRenderer
from auth.public_origin import PublicOrigin, split_host
from auth.request_body import discard_body
from auth.request_context import RequestContext, current_context
from auth.responses import json_response, redirect, wants_page
from auth.routes import CspProfile
from runtime.database.errors import DatabaseUnavailableError

TITLES = {
    400: "This request failed",
    401: "You are signed out",
    403: "This request was blocked",
    404: "Page not found",
    421: "Wrong address",
    429: "Too many requests",
    500: "Something went wrong",
    502: "One moment",
    503: "One moment",
}
PAGE_NOT_FOUND = "There is no page at this address. It may be outdated or mistyped"
RETRIED = (502, 503)
"""Statuses whose page reloads itself."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """Builds the responses to refused requests, and adds the common headers to all responses."""

    renderer: PageRenderer
    origin: PublicOrigin

    def refuse(self, request: BaseRequestWebsocket, context: RequestContext, error: RefusedError) -> Response:
        """The response to a refused request."""
        if wants_page(request) and (context.route is None or context.route.is_page):
            response = self._page(request, context, error)
        else:
            body = {"error": error.message, "code": error.code, "requestId": context.request_id}
            response = json_response(body, error.status)
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, UnauthorizedError) and response.status_code == error.status:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def finish(self, response: Response) -> Response:
        """Adds the headers that every response has; see `headers.add_security_headers`."""
        context: RequestContext | None = g.get("context")
        profile: CspProfile = "data"
        host = self.origin.host
        if context is not None:
            response.headers["X-Request-ID"] = context.request_id
            host = context.host if split_host(context.host) else host
            if response.mimetype == "text/html":
                profile = "gateway"
            if context.route is not None and context.route.upstream is not None and response.status_code < 400:
                profile = context.route.csp
        add_security_headers(response.headers, origin=self.origin, host=host, profile=profile)
        return response

    def _page(self, request: BaseRequestWebsocket, context: RequestContext, error: RefusedError) -> Response:
        if isinstance(error, UnauthorizedError) and request.method in ("GET", "HEAD"):
            return redirect("/auth/login", 302)
        is_retried = error.status in RETRIED and request.method == "GET" and not isinstance(error, RateLimitedError)
        return self.renderer.render(
            "error",
            error.status,
            title=TITLES.get(error.status, TITLES[400]),
            message=PAGE_NOT_FOUND if error.status == NotFoundError.status else error.message,
            request_id=context.request_id,
            retry=error.retry_after if is_retried else None,
        )


def handle_errors(app: Quart, responder: Responder) -> None:
    """Registers the responder for every error and every response of the app."""

    @app.after_request
    async def finish(response: Response) -> Response:
        context = current_context()
        path = context.route.rule if context.route else "unknown"  # the rule, because paths name sessions and files
        log.debug(
            "request", method=request.method, path=path, status=response.status_code, request_id=context.request_id
        )
        if response.status_code >= 400:
            await discard_body(request)
        return responder.finish(response)

    @app.errorhandler(RefusedError)
    @app.errorhandler(DatabaseUnavailableError)
    async def refuse(error: RefusedError | DatabaseUnavailableError) -> Response:
        return responder.refuse(_current_request(), current_context(), as_refusal(error))

    @app.errorhandler(HTTPException)
    async def refuse_http(error: HTTPException) -> Response:
        response = responder.refuse(_current_request(), current_context(), _http_refusal(error))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    @app.errorhandler(Exception)
    async def fail(error: Exception) -> Response:
        context = current_context()
        log.error("request_failed", request_id=context.request_id, exc_info=error)
        return responder.refuse(_current_request(), context, InternalError())


def _current_request() -> BaseRequestWebsocket:
    current: BaseRequestWebsocket = request if has_request_context() else websocket
    return current


def _http_refusal(error: HTTPException) -> RefusedError:
    if error.code == NotFoundError.status:
        return NotFoundError()
    if isinstance(error, MethodNotAllowed):
        return MethodNotAllowedError()
    return HttpStatusError(error.code or InternalError.status, error.name)
