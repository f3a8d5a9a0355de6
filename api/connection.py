"""How a request's body comes in: bounded, and no faster than it is read."""

import asyncio
from typing import Any, ClassVar, cast

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart import Request
from quart.asgi import ASGIHTTPConnection
from quart.wrappers.request import Body
from werkzeug.routing import PathConverter

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

    _open: ClassVar[set[asyncio.Task[None]]] = set()

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answers one request."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        await super().__call__(receive, send)

    @classmethod
    def end_all(cls) -> None:
        """Cancels every request under way."""
        for task in cls._open:
            task.cancel()

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
