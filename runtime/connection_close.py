"""Says `Connection: close` with an answer that ends its connection.

A server cannot read the next request behind a body that it has not read yet, so Hypercorn closes the connection after
an answer given that early, without a word. Whoever keeps the connection for the next request then meets a reset.
"""

from typing import Any

from runtime.asgi import App, Message, Receive, Scope, Send


def hanging_up_politely(app: Any) -> Any:  # an ASGI application, in whichever words it is typed
    """The app, saying so whenever it answers a request of HTTP/1 that it has not read whole."""
    return _HangUp(app)


class _HangUp:
    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["http_version"].startswith("1") or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        is_read = False

        async def receiving() -> Message:
            nonlocal is_read
            message = await receive()
            is_read = is_read or not message.get("more_body", False)
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_read:
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receiving, sending)


def _has_body(scope: Scope) -> bool:
    return any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
