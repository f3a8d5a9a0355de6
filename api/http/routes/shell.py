"""`POST /sessions/{id}/shell`: a command of the person's own, in its place among the prompts."""

from typing import Annotated

from msgspec import Meta
from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.http.caller import caller
from api.http.json_body import InvalidFieldError, accepts, read_object
from api.http.openapi_descriptions import describes
from api.http.reply import reply
from api.http.routes.events import AcceptedPrompt
from api.schema import Record
from api.sessions.service import SessionService

LONGEST_COMMAND = 30_000
"""Characters; a system takes no more in one argument than 128 KiB."""


class ShellCommand(Record, forbid_unknown_fields=True):
    """The body of `POST /sessions/{id}/shell`."""

    command: Annotated[str, Meta(min_length=1, max_length=LONGEST_COMMAND)]
    """For bash."""


def shell_routes(sessions: SessionService) -> Blueprint:
    """The route."""
    blueprint = Blueprint("shell", __name__)

    @blueprint.post("/sessions/<session_id>/shell")
    @tag(["SessionService"])
    @accepts(ShellCommand)
    @document_response(AcceptedPrompt, 202)
    @describes(fails=(400, 404, 413, 415, 503))
    async def run_command(session_id: str) -> Response:
        """Runs a shell command in the session's folder, as a turn; Claude is told of it with the next prompt."""
        command = (await read_object(ShellCommand)).command
        session = await sessions.find(caller(), session_id)
        if not command.strip() or "\0" in command:
            raise InvalidFieldError("command must be a command, without NUL characters")
        accepted = await session.shell(command)
        return reply(AcceptedPrompt(turn_id=accepted.turn_id, position=accepted.position), 202)

    return blueprint
