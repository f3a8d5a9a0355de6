"""`/models` and `/commands`: what the installed Claude Code offers."""

from typing import Any

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.http.openapi_descriptions import describes
from api.http.request_parsing import caller
from api.http.responses import json_response
from api.schema import Record
from api.sessions.service import SessionService


class Models(Record, omit_defaults=False):
    """The models that a session can use."""

    models: list[dict[str, Any]]  # Claude Code's own fields


class Commands(Record, omit_defaults=False):
    """The slash commands that a prompt can be."""

    commands: list[dict[str, Any]]  # Claude Code's own fields


def models_routes(sessions: SessionService) -> Blueprint:
    """`GET /models` and `GET /commands`."""
    blueprint = Blueprint("models", __name__)

    @blueprint.get("/models")
    @tag(["Service"])
    @document_response(Models)
    @describes(fails=(502, 503))
    async def models() -> Response:
        """Lists the models of Claude Code."""
        return json_response(Models(models=(await sessions.server_info.read(caller())).get("models", [])))

    @blueprint.get("/commands")
    @tag(["Service"])
    @document_response(Commands)
    @describes(fails=(502, 503))
    async def commands() -> Response:
        """Lists the slash commands of Claude Code."""
        return json_response(Commands(commands=(await sessions.server_info.read(caller())).get("commands", [])))

    return blueprint
