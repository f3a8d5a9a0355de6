"""Builds the responses of the gateway's own views: compact JSON, redirects and empty ones."""

import json

from quart import Response
from quart.wrappers.base import BaseRequestWebsocket


def wants_page(request: BaseRequestWebsocket) -> bool:
    """Whether the caller is a browser that displays the response, not a program."""
    return "text/html" in request.headers.get("Accept", "").lower()


def json_response(body: object, status: int = 200) -> Response:
    """Compact JSON, which shell scripts can search."""
    return Response(json.dumps(body, separators=(",", ":")), status=status, content_type="application/json")


def redirect(path: str, status: int = 303) -> Response:
    """A redirect to a path of ours, or to a URL under PUBLIC_URL."""
    return Response(b"", status=status, headers={"Location": path})


def no_content() -> Response:
    """204, for programs."""
    return Response(b"", status=204)
