"""`/sessions/{id}/export`: sends a conversation as a file."""

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

CONTENT_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}
MAX_NAME = 60


class ExportQuery(Record):
    """The parameters of the URL."""

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
        """Sends the conversation as Markdown, as JSON, or as one HTML page without scripts."""
        form = request.args.get("format", "md")
        if form not in CONTENT_TYPES:
            raise InvalidFormatError
        session = await sessions.find(caller(), session_id)
        messages = await session.messages()
        if form == "json":
            content = encode({"session": session.info, "messages": messages})
        else:
            write = as_markdown if form == "md" else as_html
            # In a thread: a long conversation would delay all other requests.
            content = (await asyncio.to_thread(write, session.info, parts_of(messages))).encode("utf-8", "replace")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(_file_name(session.info.title))}.{form}",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, 200, headers, content_type=CONTENT_TYPES[form])

    return blueprint


def _file_name(title: str) -> str:
    return re.sub(r"\W+", "-", title).strip("-")[:MAX_NAME] or "conversation"
