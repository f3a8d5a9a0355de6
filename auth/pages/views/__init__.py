"""The gateway's own views: login, the user's logins, health and assets."""

from collections.abc import Awaitable, Callable

from quart import Request, Response

from auth.request_context import RequestContext

View = Callable[[Request, RequestContext], Awaitable[Response]]
