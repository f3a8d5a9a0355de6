"""`POST /query`: one question, one answer."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import msgspec
from quart import Blueprint, Response, g
from quart_schema import document_response, tag

from api.errors import ApiError
from api.events.stream import sse
from api.http.idempotency import HEADER, LONGEST_KEY, REPLAYED, Claim, claim
from api.http.openapi_descriptions import EVENT_STREAM, TEXT, describes
from api.http.request_parsing import accepts, caller, read_object
from api.http.responses import ACCEPTS_STREAM, event_stream, wants_stream
from api.schema import Record, encode
from api.sessions.options import QueryOptions, check_prompt
from api.sessions.output_schema import check_output_schema
from api.sessions.queries import QueryResult, QueryService, RunningQuery
from api.storage import IdempotencyStore
from runtime.clock import timestamp

ACCEPTED = b": accepted\n\n"
"""Sent at once, so that the caller knows that the question arrived."""
KEY = {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY}


class QueryBody(Record, forbid_unknown_fields=True):
    """The body of `POST /query`."""

    prompt: object = None
    options: QueryOptions = QueryOptions()
    stream: bool = False


class QueryRequest(Record):
    """What to send to `POST /query`."""

    prompt: str
    options: QueryOptions = QueryOptions()
    stream: bool = False


class QueryAnswer(QueryResult):
    """What `POST /query` answers."""

    success: bool = False
    timestamp: str = ""


def query_routes(queries: QueryService, answers: IdempotencyStore) -> Blueprint:
    """The route."""
    blueprint = Blueprint("query", __name__)

    @blueprint.post("/query")
    @tag(["Query"])
    @accepts(QueryRequest)
    @document_response(QueryAnswer)
    @describes(
        headers={**ACCEPTS_STREAM, HEADER: (KEY, "The same key and body within 24 hours give the stored answer.")},
        media={200: {EVENT_STREAM: TEXT}},
        fails=(400, 404, 409, 413, 415, 422, 502, 503, 504),
    )
    async def query() -> Response:
        """Asks once; with `Accept: text/event-stream` or `"stream":true` the events come as they happen."""
        body = await read_object(QueryBody)
        prompt = check_prompt(body.prompt)
        check_output_schema(body.options.output_schema)
        streams = body.stream or wants_stream()
        claimed = await claim(answers)
        if claimed.kept is not None:
            return _replay(claimed.kept, streams=streams)
        run = queries.run(prompt, body.options, user=caller())
        if streams:
            frames = _frames(run, claimed, g.request_id)
            # The first frame comes once the turn runs: until then a refusal is an answer with a status of its own.
            return event_stream(frames, first=await anext(frames))
        async with claimed, run as running:
            answer = encode(_answer(await running.answer()))
            await claimed.keep(answer)
        return Response(answer, content_type="application/json")

    return blueprint


async def _frames(
    run: AbstractAsyncContextManager[RunningQuery], claimed: Claim, request_id: str
) -> AsyncIterator[bytes]:
    async with claimed, run as running:
        yield ACCEPTED
        async for frame in running.frames():
            yield frame
        try:
            answer = encode(_answer(await running.answer()))
        except ApiError as error:
            yield sse("error", error.body(request_id))
            return
        await claimed.keep(answer)
        yield b"event: result\ndata: %b\n\n" % answer


def _answer(answer: QueryResult) -> dict[str, object]:
    """In the documented order, for those who search the text of it."""
    told = msgspec.to_builtins(answer)
    first = {name: told.pop(name) for name in ("response", "messageCount")}
    return {"success": True, **first, "timestamp": timestamp(), **told}


def _replay(kept: bytes, *, streams: bool) -> Response:
    if streams:
        return Response(b"event: result\ndata: %b\n\n" % kept, headers=REPLAYED, content_type=EVENT_STREAM)
    return Response(kept, headers=REPLAYED, content_type="application/json")
