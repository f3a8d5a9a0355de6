"""The open questions of a session, and their answers."""

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.http.openapi_descriptions import describes
from api.http.request_parsing import accepts, caller, read_object
from api.http.responses import json_response
from api.schema import Answer, Record, Request
from api.sessions.service import SessionService


class OpenRequests(Record, omit_defaults=False):
    """What waits for a person, oldest first."""

    requests: tuple[Request, ...]


class Answered(Record, omit_defaults=False):
    """The answer counts."""

    request_id: str


class SentAnswer(Answer, forbid_unknown_fields=True):
    """An answer without anything that would be overlooked."""


def requests_routes(sessions: SessionService) -> Blueprint:
    """`/sessions/{id}/requests`."""
    blueprint = Blueprint("requests", __name__)

    @blueprint.get("/sessions/<session_id>/requests")
    @tag(["Sessions"])
    @document_response(OpenRequests)
    @describes(fails=(404,))
    async def list_requests(session_id: str) -> Response:
        """Lists what waits for an answer."""
        session = await sessions.find(caller(), session_id)
        return json_response(OpenRequests(requests=session.requests))

    @blueprint.post("/sessions/<session_id>/requests/<request_id>")
    @tag(["Sessions"])
    @accepts(Answer)
    @document_response(Answered)
    @describes(fails=(400, 404, 409, 413, 415))
    async def answer_request(session_id: str, request_id: str) -> Response:
        """Answers; the first answer wins, a later one gets 409."""
        answer = await read_object(SentAnswer)
        session = await sessions.find(caller(), session_id)
        await session.answer(request_id, answer, by=caller())
        return json_response(Answered(request_id=request_id))

    return blueprint
