"""`/sessions/{id}/requests`: lists the open requests of a session, and answers them."""

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.http.openapi_descriptions import describes
from api.http.request_parsing import accepts, caller, read_object
from api.http.responses import json_response
from api.schema import Answer, Record, Request
from api.sessions.service import SessionService


class OpenRequests(Record, omit_defaults=False):
    """The requests that are waiting for an answer, oldest first."""

    requests: tuple[Request, ...]


class Answered(Record, omit_defaults=False):
    """The answer was accepted."""

    request_id: str


class SentAnswer(Answer, forbid_unknown_fields=True):
    """An answer; an unknown field is an error."""


def requests_routes(sessions: SessionService) -> Blueprint:
    """Routes for open requests."""
    blueprint = Blueprint("requests", __name__)

    @blueprint.get("/sessions/<session_id>/requests")
    @tag(["Sessions"])
    @document_response(OpenRequests)
    @describes(fails=(404,))
    async def list_requests(session_id: str) -> Response:
        """Lists the requests that are waiting for an answer."""
        session = await sessions.find(caller(), session_id)
        return json_response(OpenRequests(requests=session.requests))

    @blueprint.post("/sessions/<session_id>/requests/<request_id>")
    @tag(["Sessions"])
    @accepts(Answer)
    @document_response(Answered)
    @describes(fails=(400, 404, 409, 413, 415))
    async def answer_request(session_id: str, request_id: str) -> Response:
        """Answers a request. Only the first answer counts; later ones get 409."""
        answer = await read_object(SentAnswer)
        session = await sessions.find(caller(), session_id)
        await session.answer(request_id, answer, by=caller())
        return json_response(Answered(request_id=request_id))

    return blueprint
