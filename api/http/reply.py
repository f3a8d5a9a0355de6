"""JSON answers."""

from quart import Response

from api.schema import encode


def reply(body: object, status: int = 200) -> Response:
    """The record, or anything that is JSON, as an answer: compact, in UTF-8."""
    return Response(encode(body), status, content_type="application/json")
