"""`/query`: runs one prompt and answers with its result."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import msgspec
from quart import Blueprint, Response, g
from quart_schema import document_response, tag

from api.errors import ApiError
from api.events.stream import sse
from api.http.idempotency import HEADER, MAX_KEY, REPLAYED, Claim, claim
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
"""The first frame of a stream, so that the caller knows that the prompt has arrived."""
KEY = {"type": "string", "minLength": 1, "maxLength": MAX_KEY}


class QueryBody(Record, forbid_unknown_fields=True):
    """The body of `POST /query`."""

    prompt: object = None
    options: QueryOptions = QueryOptions()
    stream: bool = False


class QueryRequest(Record):
    """The body of `POST /query`."""

    prompt: str
    options: QueryOptions = QueryOptions()
    stream: bool = False
    """Whether to answer with a stream of events."""


class QueryAnswer(QueryResult):
    """The answer of `POST /query`."""

    success: bool = False
    timestamp: str = ""


def query_routes(queries: QueryService, answers: IdempotencyStore) -> Blueprint:
    """`POST /query`."""
    blueprint = Blueprint("query", __name__)

    @blueprint.post("/query")
    @tag(["Query"])
    @accepts(QueryRequest)
    @document_response(QueryAnswer)
    @describes(
        headers={**ACCEPTS_STREAM, HEADER: (KEY, "The same key and body within 24 hours get the stored answer.")},
        media={200: {EVENT_STREAM: TEXT}},
        fails=(400, 404, 409, 413, 415, 422, 502, 503, 504),
    )
    async def query() -> Response:
        """Runs one prompt. With `Accept: text/event-stream` or `"stream":true` the answer is a stream of events."""
        body = await read_object(QueryBody)
        prompt = check_prompt(body.prompt)
        check_output_schema(body.options.output_schema)
        streams = body.stream or wants_stream()
        claimed = await claim(answers)
        if claimed.stored is not None:
            return _replay(claimed.stored, streams=streams)
        run = queries.run(prompt, body.options, user=caller())
        if streams:
            frames = _frames(run, claimed, g.request_id)
            # The first frame comes once the turn runs. An error before it is still an answer with its own status.
            return event_stream(frames, first=await anext(frames))
        async with claimed, run as running:
            answer = encode(_answer(await running.answer()))
            await claimed.store(answer)
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
        await claimed.store(answer)
        yield b"event: result\ndata: %b\n\n" % answer


def _answer(result: QueryResult) -> dict[str, object]:
    """The fields in the documented order, for callers that search the text of the answer."""
    fields = msgspec.to_builtins(result)
    first = {name: fields.pop(name) for name in ("response", "messageCount")}
    return {"success": True, **first, "timestamp": timestamp(), **fields}


def _replay(stored: bytes, *, streams: bool) -> Response:
    if streams:
        return Response(b"event: result\ndata: %b\n\n" % stored, headers=REPLAYED, content_type=EVENT_STREAM)
    return Response(stored, headers=REPLAYED, content_type="application/json")
