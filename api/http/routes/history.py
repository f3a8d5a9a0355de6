"""`/sessions/{id}/messages`, `/fork` and `/rewind`: reads a conversation, copies it, and goes back in it."""

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
    """The last message to copy; all when absent."""


class Rewind(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/rewind`."""

    to_message: MessageId
    """The user's message to go back to."""
    files: bool = False
    """Whether to restore the files as they were before that message."""
    conversation: bool = True
    """Whether to remove that message and everything after it."""


class Messages(Record, omit_defaults=False):
    """A page of a conversation, oldest message first. The next page has the messages before it."""

    messages: tuple[Message, ...]
    next_cursor: str | None
    """The id of the first message of this page, if there are messages before it."""


def history_routes(sessions: SessionService) -> Blueprint:
    """Routes for the past of a session."""
    blueprint = Blueprint("history", __name__)

    @blueprint.post("/sessions/<session_id>/fork")
    @tag(["Sessions"])
    @accepts(Fork)
    @document_response(SessionInfo, 201)
    @describes(fails=(400, 404, 409, 413, 415))
    async def fork_session(session_id: str) -> Response:
        """Makes a new session with a copy of the conversation, up to and including `afterMessage`."""
        body = await read_object(Fork)
        return json_response((await sessions.fork(caller(), session_id, after_message=body.after_message)).info, 201)

    @blueprint.post("/sessions/<session_id>/rewind")
    @tag(["Sessions"])
    @accepts(Rewind)
    @document_response(SessionInfo)
    @describes(fails=(400, 404, 409, 413, 415, 502, 503))
    async def rewind_session(session_id: str) -> Response:
        """Goes back to the state before the user's message `toMessage`: of the conversation, of the files, or both."""
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
            "limit": (whole(1, 1000, 100), "The number of messages."),
            "cursor": (
                TEXT,
                "The id of a message, such as `nextCursor` of an earlier answer: lists what is before it.",
            ),
        },
        fails=(400, 404),
    )
    async def list_messages(session_id: str) -> Response:
        """Lists complete messages: the newest `limit`, or those before `cursor`.

        A cursor is the id of a message, from an earlier answer or from an event.
        """
        session = await sessions.find(caller(), session_id)
        limit = number("limit", default=100, least=1, most=1000)
        found, has_more = await session.message_page(limit=limit, before=request.args.get("cursor"))
        return json_response(Messages(messages=tuple(found), next_cursor=found[0].id if has_more else None))

    return blueprint
