"""A request on its connection: its body comes in no faster than it is read, and it has an answer when all must end."""

import asyncio
from typing import Any, ClassVar, cast

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent
from quart import Quart, Request
from quart.asgi import ASGIHTTPConnection
from quart.ctx import RequestContext
from quart.typing import ResponseTypes
from quart.wrappers.request import Body
from werkzeug.routing import PathConverter

from api.sessions.quota import DrainingError

MAX_BODY = 1024 * 1024
"""Bytes of any body that is not a file."""
MAX_UNREAD = 2 * MAX_BODY
"""Bytes of a file that wait in memory; more stay in the socket. Above MAX_BODY, or a JSON body would wait for ever."""
FILES = "/files/"


class AnythingConverter(PathConverter):
    """The rest of a path, line breaks included: files may have them in their names."""

    regex = r"[^/][\s\S]*?"


class FlowingBody(Body):
    """A body whose sender can be made to wait."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._read = asyncio.Event()

    async def __anext__(self) -> bytes:
        """The next part; makes room for more."""
        self._read.set()
        return await super().__anext__()

    async def wait_for_reader(self) -> None:
        """Returns when there is room."""
        while len(self._data) > MAX_UNREAD and not self._must_raise:
            self._read.clear()
            await self._read.wait()


class ApiRequest(Request):
    """A request whose body is limited by what it is for."""

    body_class = FlowingBody
    body: FlowingBody

    def __init__(self, method: str, scheme: str, path: str, *rest: Any, **options: Any) -> None:  # Quart's own
        if path.startswith(FILES) and method == "PUT":
            options["max_content_length"] = None  # the route counts for itself
        super().__init__(method, scheme, path, *rest, **options)


class ApiConnection(ASGIHTTPConnection):
    """Quart's connection, which reads ahead without bound, made to wait for the reader."""

    _open: ClassVar[dict[asyncio.Task[None], "ApiConnection"]] = {}
    is_ending: ClassVar[bool] = False
    """Whether what has no answer yet gets none any more but that the server stops."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answers one request."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._unanswered: asyncio.Task[None] | None = None
        self._open[task] = self
        task.add_done_callback(lambda ended: self._open.pop(ended, None))
        await super().__call__(receive, send)

    @classmethod
    def end_all(cls) -> None:
        """Ends every request under way: an answer that has begun is cut."""
        cls.is_ending = True
        for task, connection in cls._open.items():
            (connection._unanswered or task).cancel()

    async def handle_request(self, request: Request, send: ASGISendCallable) -> None:
        """Knows until when the request has no answer."""

        async def sending(event: ASGISendEvent) -> None:
            self._unanswered = None
            await send(event)

        self._unanswered = cast("asyncio.Task[None]", asyncio.current_task())
        await super().handle_request(request, sending)

    async def handle_messages(self, request: Request, receive: ASGIReceiveCallable) -> None:
        """Hands the body on until the client has gone."""
        body = cast(FlowingBody, request.body)
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
    """Quart, with our requests and connections."""

    request_class = ApiRequest
    asgi_http_class = ApiConnection

    async def full_dispatch_request(self, request_context: RequestContext | None = None) -> ResponseTypes:
        """Answers a request; the server may have to stop meanwhile."""
        try:
            return await super().full_dispatch_request(request_context)
        except asyncio.CancelledError:
            if not ApiConnection.is_ending:
                raise
            result = await self.handle_user_exception(DrainingError())
            return await self.finalize_request(result, request_context)
