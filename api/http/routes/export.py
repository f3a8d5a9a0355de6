"""`GET /sessions/{id}/export`: a conversation as a file."""

import asyncio
import re
from typing import Literal
from urllib.parse import quote

from quart import Blueprint, Response, request
from quart_schema import document_querystring, tag

from api.errors import InvalidFormatError
from api.export import as_html, as_markdown, parts_of
from api.http.openapi_descriptions import TEXT, describes
from api.http.request_parsing import caller
from api.schema import Record, encode
from api.sessions.service import SessionService

KINDS = {
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}
LONGEST_NAME = 60


class ExportQuery(Record):
    """What kind of file."""

    format: Literal["md", "json", "html"] = "md"


def export_routes(sessions: SessionService) -> Blueprint:
    """`GET /sessions/{id}/export`."""
    blueprint = Blueprint("export", __name__)

    @blueprint.get("/sessions/<session_id>/export")
    @tag(["Sessions"])
    @document_querystring(ExportQuery)
    @describes(
        media={200: {"text/markdown": TEXT, "text/html": TEXT, "application/json": {"type": "object"}}},
        fails=(400, 404),
    )
    async def export(session_id: str) -> Response:
        """Sends the conversation as Markdown, JSON or one HTML page without script."""
        form = request.args.get("format", "md")
        if form not in KINDS:
            raise InvalidFormatError
        session = await sessions.find(caller(), session_id)
        messages = await session.messages()
        if form == "json":
            content = encode({"session": session.info, "messages": messages})
        else:
            write = as_markdown if form == "md" else as_html
            # A long conversation takes a while to lay out; the streams of others go on meanwhile.
            content = (await asyncio.to_thread(write, session.info, parts_of(messages))).encode("utf-8", "replace")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(_name(session.info.title))}.{form}",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, 200, headers, content_type=KINDS[form])

    return blueprint


def _name(title: str) -> str:
    return re.sub(r"\W+", "-", title).strip("-")[:LONGEST_NAME] or "conversation"
