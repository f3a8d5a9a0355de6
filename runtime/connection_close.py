"""Adds `Connection: close` to an answer after which the server closes the connection.

A server cannot read the next request on a connection before it has read the body of the last one. So Hypercorn closes
the connection after an answer that is sent earlier, but does not send this header, and the client's next request fails.
"""

from typing import Any

from runtime.asgi import App, Message, Receive, Scope, Send


def announce_connection_close(app: Any) -> Any:  # an ASGI application, however its framework types it
    """Returns the app with that header on answers to HTTP/1 requests whose body was not read completely."""
    return _ConnectionCloseMiddleware(app)


class _ConnectionCloseMiddleware:
    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["http_version"].startswith("1") or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        is_read = False

        async def receive_and_check() -> Message:
            nonlocal is_read
            message = await receive()
            is_read = is_read or not message.get("more_body", False)
            return message

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_read:
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive_and_check, send_with_header)


def _has_body(scope: Scope) -> bool:
    return any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
