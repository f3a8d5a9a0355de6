"""What is said in a session: prompts go in, events come out."""

from quart import Blueprint, Response, request
from quart_schema import document_response, tag

from api.errors import BadRequestError
from api.http.caller import caller
from api.http.json_body import accepts, read_object
from api.http.numbers import LONGEST, number
from api.http.openapi_descriptions import EVENT_STREAM, TEXT, describes, whole
from api.http.reply import reply
from api.http.sse import ACCEPTS_STREAM, stream, wants_stream
from api.schema import Attachment, Prompt, Record, SessionInfo
from api.sessions.options import check_prompt
from api.sessions.service import SessionService
from api.sessions.session import Session

MOST_MESSAGES = 10_000
"""That `tail` may ask for."""
MOST_SEQ = 10**LONGEST - 1


class SentAttachment(Attachment, forbid_unknown_fields=True):
    """An attachment without anything that would be overlooked."""


class SentPrompt(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/messages`."""

    prompt: object = None
    attachments: tuple[SentAttachment, ...] = ()


class AcceptedPrompt(Record, omit_defaults=False):
    """A prompt that will run, whatever happens to the server."""

    turn_id: str
    position: int
    """How many prompts run before it; 0: it runs now."""


def events_routes(sessions: SessionService) -> Blueprint:
    """Prompts, events and the interrupt of a session."""
    blueprint = Blueprint("events", __name__)

    @blueprint.post("/sessions/<session_id>/messages")
    @tag(["SessionService"])
    @accepts(Prompt)
    @document_response(AcceptedPrompt, 202)
    @describes(headers=ACCEPTS_STREAM, media={200: {EVENT_STREAM: TEXT}}, fails=(400, 404, 413, 415, 503))
    async def send_prompt(session_id: str) -> Response:
        """Sends a prompt; with `Accept: text/event-stream` the answer is the events of its turn."""
        body = await read_object(SentPrompt)
        session = await _find(session_id)
        prompt = Prompt(prompt=check_prompt(body.prompt), attachments=body.attachments)
        if wants_stream():
            return stream(await session.prompted(prompt))
        accepted = await session.prompt(prompt)
        return reply(AcceptedPrompt(turn_id=accepted.turn_id, position=accepted.position), 202)

    @blueprint.delete("/sessions/<session_id>/messages/<turn_id>")
    @tag(["SessionService"])
    @describes(statuses={204: "It will not run."}, fails=(404, 409))
    async def take_back(session_id: str, turn_id: str) -> Response:
        """Takes a queued prompt back."""
        await (await _find(session_id)).withdraw(turn_id)
        return Response(status=204)

    @blueprint.get("/sessions/<session_id>/events")
    @tag(["SessionService"])
    @describes(
        query={
            "after": (whole(0, MOST_SEQ, 0), "The seq of the last event that is known."),
            "tail": (whole(0, MOST_MESSAGES), "How many messages of the past to begin with; all when absent."),
        },
        headers={"Last-Event-ID": (whole(0, MOST_SEQ), "The same as `after`; the greater one counts.")},
        media={200: {EVENT_STREAM: TEXT}},
        fails=(400, 404),
    )
    async def show_events(session_id: str) -> Response:
        """Streams everything after `after` (or `Last-Event-ID`), then what happens, as server-sent events.

        With `tail` those who know nothing of the past get its last so many messages only.
        """
        session = await _find(session_id)
        tail = number("tail", default=MOST_MESSAGES + 1, most=MOST_MESSAGES)
        return stream(session.frames(_after(), tail=tail if tail <= MOST_MESSAGES else None))

    @blueprint.post("/sessions/<session_id>/interrupt")
    @tag(["SessionService"])
    @document_response(SessionInfo, 202)
    @describes(query={"turnId": (TEXT, "The turn that is meant; whichever runs when absent.")}, fails=(404,))
    async def interrupt(session_id: str) -> Response:
        """Ends the running turn within two seconds, at once when asked twice; the session stays usable."""
        session = await _find(session_id)
        await session.interrupt(request.args.get("turnId"))
        return reply(session.info, 202)

    async def _find(session_id: str) -> Session:
        return await sessions.find(caller(), session_id)

    return blueprint


def _after() -> int:
    after = number("after", default=0, most=MOST_SEQ)
    last = request.headers.get("Last-Event-ID", "").strip()
    if last and (not last.isascii() or not last.isdigit() or len(last) > LONGEST):
        raise BadRequestError("Last-Event-ID must be the id of an event", code="invalid_field")
    # A browser that connects anew sends both: the address as it was, and what it heard last.
    return max(after, int(last or 0))
