"""`/sessions/{id}/messages`, `/shell` and `/interrupt`: sends prompts and shell commands, and stops what runs."""

from typing import Annotated

from msgspec import Meta
from quart import Blueprint, Response, request
from quart_schema import document_response, tag

from api.errors import InvalidFieldError
from api.http.openapi_descriptions import EVENT_STREAM, TEXT, describes
from api.http.request_parsing import accepts, caller, read_object
from api.http.responses import ACCEPTS_STREAM, event_stream, json_response, wants_stream
from api.schema import Attachment, Prompt, Record, SessionInfo
from api.sessions.options import check_prompt
from api.sessions.service import SessionService

MAX_COMMAND = 30_000
"""Characters of a shell command; Linux accepts at most 128 KiB in one argument."""


class SentAttachment(Attachment, forbid_unknown_fields=True):
    """An attachment; an unknown field is an error."""


class SentPrompt(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/messages`."""

    prompt: object = None
    attachments: tuple[SentAttachment, ...] = ()


class ShellCommand(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/shell`."""

    command: Annotated[str, Meta(min_length=1, max_length=MAX_COMMAND)]
    """A command for bash."""


class AcceptedPrompt(Record, omit_defaults=False):
    """A prompt that is stored; it runs even after a restart of the server."""

    turn_id: str
    position: int
    """How many prompts run before it; 0 when it runs now."""


def prompts_routes(sessions: SessionService) -> Blueprint:
    """Routes that start, cancel and interrupt turns."""
    blueprint = Blueprint("prompts", __name__)

    @blueprint.post("/sessions/<session_id>/messages")
    @tag(["Sessions"])
    @accepts(Prompt)
    @document_response(AcceptedPrompt, 202)
    @describes(headers=ACCEPTS_STREAM, media={200: {EVENT_STREAM: TEXT}}, fails=(400, 404, 413, 415, 503))
    async def send_prompt(session_id: str) -> Response:
        """Sends a prompt. With `Accept: text/event-stream` the answer is the stream of the turn's events."""
        body = await read_object(SentPrompt)
        session = await sessions.find(caller(), session_id)
        prompt = Prompt(prompt=check_prompt(body.prompt), attachments=body.attachments)
        if wants_stream():
            return event_stream(await session.prompt_frames(prompt))
        accepted = await session.prompt(prompt)
        return json_response(AcceptedPrompt(turn_id=accepted.turn.id, position=accepted.position), 202)

    @blueprint.delete("/sessions/<session_id>/messages/<turn_id>")
    @tag(["Sessions"])
    @describes(statuses={204: "The prompt is withdrawn."}, fails=(404, 409))
    async def take_back(session_id: str, turn_id: str) -> Response:
        """Withdraws a queued prompt."""
        await (await sessions.find(caller(), session_id)).withdraw(turn_id)
        return Response(status=204)

    @blueprint.post("/sessions/<session_id>/shell")
    @tag(["Sessions"])
    @accepts(ShellCommand)
    @document_response(AcceptedPrompt, 202)
    @describes(fails=(400, 404, 413, 415, 503))
    async def run_command(session_id: str) -> Response:
        """Runs a shell command in the session's folder, as a turn. Claude sees the output with the next prompt."""
        command = (await read_object(ShellCommand)).command
        session = await sessions.find(caller(), session_id)
        if not command.strip() or "\0" in command:
            raise InvalidFieldError("command must be a command, without NUL characters")
        accepted = await session.shell(command)
        return json_response(AcceptedPrompt(turn_id=accepted.turn.id, position=accepted.position), 202)

    @blueprint.post("/sessions/<session_id>/interrupt")
    @tag(["Sessions"])
    @document_response(SessionInfo, 202)
    @describes(query={"turnId": (TEXT, "The turn to interrupt; the running one when absent.")}, fails=(404,))
    async def interrupt(session_id: str) -> Response:
        """Interrupts the running turn: within two seconds, or at once when sent twice. The session stays usable."""
        session = await sessions.find(caller(), session_id)
        await session.interrupt(request.args.get("turnId"))
        return json_response(session.info, 202)

    return blueprint
