"""What was said in a session: read page by page, forked, rewound."""

from typing import Annotated

from msgspec import Meta
from quart import Blueprint, Response, request
from quart_schema import document_response, tag

from api.errors import BadRequestError
from api.http.openapi_descriptions import TEXT, describes, whole
from api.http.request_parsing import accepts, caller, number, read_object
from api.http.responses import json_response
from api.schema import Message, Record, SessionInfo
from api.sessions.service import SessionService

MessageId = Annotated[str, Meta(min_length=1, max_length=200)]


class Fork(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/fork`."""

    after_message: MessageId | None = None


class Rewind(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/rewind`."""

    to_message: MessageId
    files: bool = False
    """Bring the files back to where they were before that message."""
    conversation: bool = True
    """Forget that message and all that came after it."""


class Messages(Record, omit_defaults=False):
    """Some of a conversation, oldest first; the page after it has what came before."""

    messages: tuple[Message, ...]
    next_cursor: str | None
    """The id of the oldest message here, when there are more before it."""


def history_routes(sessions: SessionService) -> Blueprint:
    """The past of a session."""
    blueprint = Blueprint("history", __name__)

    @blueprint.post("/sessions/<session_id>/fork")
    @tag(["Sessions"])
    @accepts(Fork)
    @document_response(SessionInfo, 201)
    @describes(fails=(400, 404, 409, 413, 415))
    async def fork_session(session_id: str) -> Response:
        """Makes a new session that shares the conversation up to and with `afterMessage`, or all of it."""
        body = await read_object(Fork)
        return json_response((await sessions.fork(caller(), session_id, after_message=body.after_message)).info, 201)

    @blueprint.post("/sessions/<session_id>/rewind")
    @tag(["Sessions"])
    @accepts(Rewind)
    @document_response(SessionInfo)
    @describes(fails=(400, 404, 409, 413, 415, 502, 503))
    async def rewind_session(session_id: str) -> Response:
        """Goes back to before the user's message `toMessage`: in the conversation, with `files` in the files too."""
        body = await read_object(Rewind)
        session = await sessions.find(caller(), session_id)
        if not body.files and not body.conversation:
            raise BadRequestError("files or conversation must be true", code="invalid_field")
        await session.rewind(body.to_message, files=body.files, conversation=body.conversation)
        return json_response(session.info)

    @blueprint.get("/sessions/<session_id>/messages")
    @tag(["Sessions"])
    @document_response(Messages)
    @describes(
        query={
            "limit": (whole(1, 1000, 100), "How many."),
            "cursor": (TEXT, "The id of a message, such as an earlier answer's `nextCursor`: what was before it."),
        },
        fails=(400, 404),
    )
    async def list_messages(session_id: str) -> Response:
        """The conversation as whole messages: the newest `limit`, and with `cursor` those before.

        A cursor is the id of a message, also of one that an event told of.
        """
        session = await sessions.find(caller(), session_id)
        limit = number("limit", default=100, least=1, most=1000)
        found, has_more = await session.message_page(limit=limit, before=request.args.get("cursor"))
        return json_response(Messages(messages=tuple(found), next_cursor=found[0].id if has_more else None))

    return blueprint
