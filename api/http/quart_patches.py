"""Changes to Quart: limits the memory of uploads, and ends requests in progress when the server stops."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, cast

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent
from quart import Quart, Request
from quart.asgi import ASGIHTTPConnection
from quart.ctx import RequestContext
from quart.typing import ResponseTypes
from quart.wrappers.request import Body
from werkzeug.routing import PathConverter

from api.errors import DrainingError

MAX_BODY = 1024 * 1024
"""Bytes of a request body, except a file's."""
MAX_UNREAD = 2 * MAX_BODY
"""Bytes of an upload that are kept in memory until the route reads them; the rest stays in the socket. Greater than
MAX_BODY, because a JSON body is read only when it is complete."""
FILES = "/files/"


class AnythingConverter(PathConverter):
    """The rest of a path, with line breaks: file names may contain them."""

    regex = r"[^/][\s\S]*?"


class LimitedBody(Body):
    """A request body that makes its sender wait while MAX_UNREAD bytes are unread."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._read = asyncio.Event()

    async def __anext__(self) -> bytes:
        """The next part of the body."""
        self._read.set()
        return await super().__anext__()

    async def wait_for_reader(self) -> None:
        """Returns when the next part may be added."""
        while len(self._data) > MAX_UNREAD and not self._must_raise:
            self._read.clear()
            await self._read.wait()


class ApiRequest(Request):
    """A request whose body is limited to MAX_BODY, unless it is an upload."""

    body_class = LimitedBody
    body: LimitedBody

    def __init__(self, method: str, scheme: str, path: str, *rest: Any, **options: Any) -> None:  # Quart's own
        if path.startswith(FILES) and method == "PUT":
            options["max_content_length"] = None  # the route has its own limit, MAX_UPLOAD_MB
        super().__init__(method, scheme, path, *rest, **options)


class ApiConnection(ASGIHTTPConnection):
    """A connection that reads no faster than the route, and that `end_all` can end."""

    _open: ClassVar[dict[asyncio.Task[None], "ApiConnection"]] = {}
    is_ending: ClassVar[bool] = False
    """Whether the server stops: requests that are not answered yet get 503."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answers one request."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._unanswered: asyncio.Task[None] | None = None
        self._open[task] = self
        task.add_done_callback(lambda ended: self._open.pop(ended, None))
        await super().__call__(receive, send)

    @classmethod
    def end_all(cls) -> None:
        """Ends all requests in progress. An answer that has begun is cut off."""
        cls.is_ending = True
        for task, connection in cls._open.items():
            (connection._unanswered or task).cancel()

    async def handle_request(self, request: Request, send: ASGISendCallable) -> None:
        """Answers the request, and notes when the answer begins."""

        async def noting_send(event: ASGISendEvent) -> None:
            self._unanswered = None
            await send(event)

        self._unanswered = cast("asyncio.Task[None]", asyncio.current_task())
        await super().handle_request(request, noting_send)

    async def handle_messages(self, request: Request, receive: ASGIReceiveCallable) -> None:
        """Passes the body to the request until the client disconnects."""
        body = cast(LimitedBody, request.body)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            if message["type"] == "http.request":
                body.append(message.get("body", b""))
                if not message.get("more_body", False):
                    body.set_complete()
                await body.wait_for_reader()


class ApiApp(Quart):
    """A Quart app with the classes of this module."""

    request_class = ApiRequest
    asgi_http_class = ApiConnection
    drain: Callable[[], Awaitable[None]]
    """Refuses new turns, and returns when the running ones have ended."""

    async def full_dispatch_request(self, request_context: RequestContext | None = None) -> ResponseTypes:
        """Answers a request; with 503 if `ApiConnection.end_all` ends it before it has an answer."""
        try:
            return await super().full_dispatch_request(request_context)
        except asyncio.CancelledError:
            if not ApiConnection.is_ending:
                raise
            result = await self.handle_user_exception(DrainingError())
            return await self.finalize_request(result, request_context)
