"""`GET /sessions/{id}/events`: streams a session's events as server-sent events."""

from quart import Blueprint, Response, request
from quart_schema import tag

from api.errors import BadRequestError
from api.http.openapi_descriptions import EVENT_STREAM, TEXT, describes, whole
from api.http.request_parsing import MAX_DIGITS, caller, number
from api.http.responses import event_stream
from api.sessions.service import SessionService

MAX_TAIL = 10_000
"""The largest `tail`."""
MAX_SEQ = 10**MAX_DIGITS - 1


def events_routes(sessions: SessionService) -> Blueprint:
    """The route for a session's events."""
    blueprint = Blueprint("events", __name__)

    @blueprint.get("/sessions/<session_id>/events")
    @tag(["Sessions"])
    @describes(
        query={
            "after": (whole(0, MAX_SEQ, 0), "The seq of the last event that the client has."),
            "tail": (whole(0, MAX_TAIL), "How many earlier messages to begin with; all when absent."),
        },
        headers={"Last-Event-ID": (whole(0, MAX_SEQ), "The same as `after`; the greater one counts.")},
        media={200: {EVENT_STREAM: TEXT}},
        fails=(400, 404),
    )
    async def show_events(session_id: str) -> Response:
        """Streams the events after `after` (or `Last-Event-ID`), then new events as they happen.

        With `tail`, a client that starts without `after` gets only that many of the earlier messages.
        """
        session = await sessions.find(caller(), session_id)
        tail = number("tail", default=MAX_TAIL + 1, most=MAX_TAIL)
        return event_stream(session.frames(_after(), tail=tail if tail <= MAX_TAIL else None))

    return blueprint


def _after() -> int:
    after = number("after", default=0, most=MAX_SEQ)
    last = request.headers.get("Last-Event-ID", "").strip()
    if last and (not last.isascii() or not last.isdigit() or len(last) > MAX_DIGITS):
        raise BadRequestError("Last-Event-ID must be the id of an event", code="invalid_field")
    # A browser that reconnects sends both: the URL it first used, and the id of the last event it received.
    return max(after, int(last or 0))
