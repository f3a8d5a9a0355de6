"""`/sessions`: creates, lists, shows, changes and deletes sessions, and lists their MCP servers."""

from typing import Annotated

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request
from quart_schema import document_response, tag

from api.http.openapi_descriptions import TEXT, describes, whole
from api.http.request_parsing import accepts, caller, number, read_object
from api.http.responses import json_response
from api.schema import Prompt, Record, SessionInfo
from api.schema.mcp import McpServers
from api.schema.patterns import ONE_LINE, UUID
from api.schema.sessions import PermissionMode
from api.sessions.options import Effort, Name, SessionOptions, check_prompt
from api.sessions.service import SessionService
from api.sessions.session import Session

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Id = Annotated[str, Meta(pattern=UUID)]
"""A UUID in lower case."""


class NewSession(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions`."""

    id: Id | None = None
    title: Title | None = None
    prompt: object = None
    options: SessionOptions = SessionOptions()


class SessionRequest(Record):
    """The body of `POST /sessions`."""

    id: Id | None = None
    title: Title | None = None
    prompt: str | None = None
    options: SessionOptions = SessionOptions()


class Changes(Record, forbid_unknown_fields=True):
    """The body of `PATCH /sessions/{id}`. Absent fields stay as they are."""

    title: Title | None = None
    model: Name | None = None
    permission_mode: PermissionMode | None = None
    effort: Effort | None = None


class Page(Record, omit_defaults=False):
    """A page of sessions, newest first."""

    sessions: tuple[SessionInfo, ...]
    next_cursor: str | None


def sessions_routes(sessions: SessionService) -> Blueprint:
    """Routes for sessions as a whole."""
    blueprint = Blueprint("sessions", __name__)

    @blueprint.get("/sessions")
    @tag(["Sessions"])
    @document_response(Page)
    @describes(
        query={
            "limit": (whole(1, 200, 50), "The number of sessions."),
            "cursor": (TEXT, "`nextCursor` of an earlier answer, for the next page."),
            "q": (TEXT, "Words; lists the sessions with all of them in the title or in a prompt."),
        },
        fails=(400,),
    )
    async def list_sessions() -> Response:
        """Lists the caller's sessions, newest first."""
        found, cursor = await sessions.list(
            caller(),
            limit=number("limit", default=50, least=1, most=200),
            cursor=request.args.get("cursor"),
            search=request.args.get("q"),
        )
        return json_response(Page(sessions=found, next_cursor=cursor))

    @blueprint.post("/sessions")
    @tag(["Sessions"])
    @accepts(SessionRequest)
    @document_response(SessionInfo, 201)
    @document_response(SessionInfo)
    @describes(fails=(400, 403, 404, 413, 415, 503))
    async def create_session() -> Response:
        """Creates a session, and sends its first prompt if given. Returns the session as it is if the `id` exists."""
        body = await read_object(NewSession)
        if body.prompt is None:
            made = sessions.create(caller(), session_id=body.id, title=body.title, options=body.options)
        else:
            prompt = Prompt(prompt=check_prompt(body.prompt))
            made = sessions.begin(caller(), prompt, session_id=body.id, title=body.title, options=body.options)
        session, is_new = await made
        return json_response(session.info, 201 if is_new else 200)

    @blueprint.get("/sessions/<session_id>")
    @tag(["Sessions"])
    @document_response(SessionInfo)
    @describes(fails=(404,))
    async def show_session(session_id: str) -> Response:
        """Shows a session."""
        return json_response((await _find(session_id)).info)

    @blueprint.patch("/sessions/<session_id>")
    @tag(["Sessions"])
    @accepts(Changes)
    @document_response(SessionInfo)
    @describes(fails=(400, 403, 404, 413, 415))
    async def change_session(session_id: str) -> Response:
        """Changes the title, model, permission mode or effort."""
        changes = msgspec.structs.asdict(await read_object(Changes))
        session = await _find(session_id)
        return json_response(await session.change(**changes))

    @blueprint.delete("/sessions/<session_id>")
    @tag(["Sessions"])
    @describes(statuses={204: "It is deleted."}, fails=(404,))
    async def delete_session(session_id: str) -> Response:
        """Ends the session's process and deletes the conversation."""
        await sessions.delete(caller(), session_id)
        return Response(status=204)

    @blueprint.get("/sessions/<session_id>/mcp")
    @tag(["Sessions"])
    @document_response(McpServers)
    @describes(fails=(404, 409, 502, 503))
    async def list_servers(session_id: str) -> Response:
        """Lists the session's MCP servers with their state and tools. Starts the session's process if it is parked."""
        return json_response(McpServers(servers=await (await _find(session_id)).mcp_servers()))

    async def _find(session_id: str) -> Session:
        return await sessions.find(caller(), session_id)

    return blueprint
