"""The open questions of a session, and their answers."""

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.claude.sessions import Sessions
from api.description import describes
from api.routes.body import accepts, read_object
from api.routes.caller import caller
from api.routes.reply import reply
from api.schema import Answer, Record, Request


class OpenRequests(Record, omit_defaults=False):
    """What waits for a person, oldest first."""

    requests: tuple[Request, ...]


class Answered(Record, omit_defaults=False):
    """The answer counts."""

    request_id: str


class SentAnswer(Answer, forbid_unknown_fields=True):
    """An answer without anything that would be overlooked."""


def requests_routes(sessions: Sessions) -> Blueprint:
    """`/sessions/{id}/requests`."""
    blueprint = Blueprint("requests", __name__)

    @blueprint.get("/sessions/<session_id>/requests")
    @tag(["Sessions"])
    @document_response(OpenRequests)
    @describes(fails=(404,))
    async def list_requests(session_id: str) -> Response:
        """Lists what waits for an answer."""
        session = await sessions.find(caller(), session_id)
        return reply(OpenRequests(requests=session.requests))

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
        return reply(Answered(request_id=request_id))

    return blueprint
