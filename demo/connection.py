"""A connection that an answer may break on purpose."""

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart.asgi import ASGIHTTPConnection


class CutError(Exception):
    """The answer ends here, in the middle of its body."""


class CuttableConnection(ASGIHTTPConnection):
    """Returns without the end of the body when the answer raises CutError, so that the server closes the connection."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        try:
            await super().__call__(receive, send)
        except CutError:
            return
