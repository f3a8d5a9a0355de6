"""`/version`: the versions in use, for bug reports."""

from pathlib import Path

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.http.responses import json_response
from api.schema import Record
from api.versions import bundled_cli, cli_version, own_version, sdk_version


class Version(Record, omit_defaults=False):
    """The versions in use."""

    version: str
    """The version of this product."""
    sdk: str
    """The version of the Claude Agent SDK."""
    cli: str | None
    """The version of Claude Code; null when it does not run."""


def version_routes(cli: Path | None) -> Blueprint:
    """`GET /version`.

    Args:
        cli: the Claude Code program in use; the SDK's own when None.
    """
    blueprint = Blueprint("version", __name__)
    program = cli or bundled_cli()

    @blueprint.get("/version")
    @tag(["Service"])
    @document_response(Version)
    async def version() -> Response:
        """Shows the versions in use."""
        found = await cli_version(program) if program else None
        return json_response(Version(version=own_version(), sdk=sdk_version(), cli=found))

    return blueprint
