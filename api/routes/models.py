"""What this Claude Code offers: models and slash commands, in its own words."""

from typing import Any

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.claude.sessions import Sessions
from api.description import describes
from api.routes.caller import caller
from api.routes.reply import reply
from api.schema import Record


class Models(Record, omit_defaults=False):
    """The models that a session can use."""

    models: list[dict[str, Any]]  # Claude Code's own shape


class Commands(Record, omit_defaults=False):
    """The slash commands that a prompt can be."""

    commands: list[dict[str, Any]]  # Claude Code's own shape


def models_routes(sessions: Sessions) -> Blueprint:
    """`GET /models` and `GET /commands`."""
    blueprint = Blueprint("models", __name__)

    @blueprint.get("/models")
    @tag(["Service"])
    @document_response(Models)
    @describes(fails=(502, 503))
    async def models() -> Response:
        """Lists the models that this Claude Code offers."""
        return reply(Models(models=(await sessions.offer.read(caller())).get("models", [])))

    @blueprint.get("/commands")
    @tag(["Service"])
    @document_response(Commands)
    @describes(fails=(502, 503))
    async def commands() -> Response:
        """Lists the slash commands that this Claude Code offers."""
        return reply(Commands(commands=(await sessions.offer.read(caller())).get("commands", [])))

    return blueprint
