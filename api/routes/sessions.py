"""`/sessions`: conversations that go on, whoever comes and goes."""

from typing import Annotated

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request
from quart_schema import document_response, tag

from api.claude.options import Effort, Name, SessionOptions, check_prompt
from api.claude.session import Session
from api.claude.sessions import Sessions
from api.errors import BadRequestError
from api.routes.body import accepts, read_object
from api.routes.caller import caller
from api.routes.numbers import number
from api.routes.reply import reply
from api.schema import Message, Prompt, Record, SessionInfo
from api.schema.sessions import PermissionMode

ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Id = Annotated[str, Meta(pattern=ID)]
"""A UUID in small letters."""


MessageId = Annotated[str, Meta(min_length=1, max_length=200)]


class NewSession(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions`."""

    id: Id | None = None
    title: Title | None = None
    prompt: str | None = None
    options: SessionOptions = SessionOptions()


class Changes(Record, forbid_unknown_fields=True):
    """The body of `PATCH /sessions/{id}`; what is absent stays."""

    title: Title | None = None
    model: Name | None = None
    permission_mode: PermissionMode | None = None
    effort: Effort | None = None


class Fork(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/fork`."""

    after_message: MessageId | None = None


class Rewind(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/rewind`."""

    to_message: MessageId
    files: bool = False


class Page(Record, omit_defaults=False):
    """Some of the sessions, newest first."""

    sessions: tuple[SessionInfo, ...]
    next_cursor: str | None


class Messages(Record, omit_defaults=False):
    """Some of a conversation, oldest first; the page after it has what came before."""

    messages: tuple[Message, ...]
    next_cursor: str | None


def sessions_routes(sessions: Sessions) -> Blueprint:
    """The sessions as objects: made, listed, changed, removed, read."""
    blueprint = Blueprint("sessions", __name__)

    @blueprint.get("/sessions")
    @tag(["Sessions"])
    @document_response(Page)
    async def list_sessions() -> Response:
        """Lists the caller's sessions, newest first."""
        found, cursor = await sessions.list(
            caller(),
            limit=number("limit", default=50, least=1, most=200),
            cursor=request.args.get("cursor"),
            search=request.args.get("q"),
        )
        return reply(Page(sessions=found, next_cursor=cursor))

    @blueprint.post("/sessions")
    @tag(["Sessions"])
    @accepts(NewSession)
    @document_response(SessionInfo, 201)
    @document_response(SessionInfo)
    async def create_session() -> Response:
        """Makes a session; one of the caller's with this id is given as it is."""
        body = await read_object(NewSession)
        if body.prompt is not None:
            check_prompt(body.prompt)
        session, is_new = await sessions.create(caller(), session_id=body.id, title=body.title, options=body.options)
        if body.prompt is not None and is_new:
            await session.prompt(Prompt(prompt=body.prompt))
        return reply(session.info, 201 if is_new else 200)

    @blueprint.get("/sessions/<session_id>")
    @tag(["Sessions"])
    @document_response(SessionInfo)
    async def show_session(session_id: str) -> Response:
        """Shows a session."""
        return reply((await _find(session_id)).info)

    @blueprint.patch("/sessions/<session_id>")
    @tag(["Sessions"])
    @accepts(Changes)
    @document_response(SessionInfo)
    async def change_session(session_id: str) -> Response:
        """Changes title, model, permission mode or effort."""
        session = await _find(session_id)
        return reply(await session.change(**msgspec.structs.asdict(await read_object(Changes))))

    @blueprint.delete("/sessions/<session_id>")
    @tag(["Sessions"])
    async def delete_session(session_id: str) -> Response:
        """Ends the session's process and removes the conversation."""
        await sessions.delete(caller(), session_id)
        return Response(status=204)

    @blueprint.post("/sessions/<session_id>/fork")
    @tag(["Sessions"])
    @accepts(Fork)
    @document_response(SessionInfo, 201)
    async def fork_session(session_id: str) -> Response:
        """Makes a new session that shares the conversation up to and with `afterMessage`, or all of it."""
        body = await read_object(Fork)
        return reply((await sessions.fork(caller(), session_id, after_message=body.after_message)).info, 201)

    @blueprint.post("/sessions/<session_id>/rewind")
    @tag(["Sessions"])
    @accepts(Rewind)
    @document_response(SessionInfo)
    async def rewind_session(session_id: str) -> Response:
        """Forgets the conversation from the user's message `toMessage` on; with `files` brings the files back too."""
        body = await read_object(Rewind)
        session = await sessions.rewind(caller(), session_id, to_message=body.to_message, files=body.files)
        return reply(session.info)

    @blueprint.get("/sessions/<session_id>/messages")
    @tag(["Sessions"])
    @document_response(Messages)
    async def list_messages(session_id: str) -> Response:
        """The conversation as whole messages: the newest `limit`, and with `cursor` those before."""
        session = await _find(session_id)
        limit = number("limit", default=100, least=1, most=1000)
        found = await session.messages()
        end = _position(request.args.get("cursor"), len(found))
        start = max(0, end - limit)
        return reply(Messages(messages=tuple(found[start:end]), next_cursor=str(start) if start else None))

    async def _find(session_id: str) -> Session:
        return await sessions.find(caller(), session_id)

    return blueprint


def _position(cursor: str | None, length: int) -> int:
    if cursor is None:
        return length
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
        raise BadRequestError("cursor must be the nextCursor of an earlier answer", code="invalid_cursor")
    return min(int(cursor), length)
