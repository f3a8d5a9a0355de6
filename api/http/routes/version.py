"""Which versions are at work, for someone who reports a fault."""

from pathlib import Path

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.http.responses import json_response
from api.schema import Record
from api.versions import bundled_cli, cli_version, own_version, sdk_version


class Version(Record, omit_defaults=False):
    """The versions of the parts."""

    version: str
    """Of this product."""
    sdk: str
    """Of the Claude Agent SDK."""
    cli: str | None
    """Of Claude Code; null when it does not run."""


def version_routes(cli: Path | None) -> Blueprint:
    """`GET /version`.

    Args:
        cli: the Claude Code in use; the SDK's own when absent.
    """
    blueprint = Blueprint("version", __name__)
    program = cli or bundled_cli()

    @blueprint.get("/version")
    @tag(["Service"])
    @document_response(Version)
    async def version() -> Response:
        """Names the versions at work."""
        found = await cli_version(program) if program else None
        return json_response(Version(version=own_version(), sdk=sdk_version(), cli=found))

    return blueprint
