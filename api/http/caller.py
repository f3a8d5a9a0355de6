"""Who is asking. The front door says it; whoever reaches the socket without the front door is in the container."""

from quart import request

from api.files.workspace import LOCAL


def caller() -> str:
    """The user of this request."""
    return request.headers.get("X-Forwarded-User") or LOCAL
