"""Who is asking. The front door says it; whoever reaches the socket without the front door is in the container."""

from quart import request

LOCAL = "local"
"""The user at a terminal in the container."""


def caller() -> str:
    """The user of this request."""
    return request.headers.get("X-Forwarded-User") or LOCAL
