"""`GET /sessions/{id}/mcp`: the MCP servers of a session, and how they are."""

from quart import Blueprint, Response
from quart_schema import document_response, tag

from api.http.caller import caller
from api.http.openapi_descriptions import describes
from api.http.reply import reply
from api.schema.mcp import McpServers
from api.sessions.mcp import servers_of
from api.sessions.service import SessionService


def mcp_routes(sessions: SessionService) -> Blueprint:
    """The route."""
    blueprint = Blueprint("mcp", __name__)

    @blueprint.get("/sessions/<session_id>/mcp")
    @tag(["SessionService"])
    @document_response(McpServers)
    @describes(fails=(404, 409, 502, 503))
    async def list_servers(session_id: str) -> Response:
        """Lists the session's MCP servers with state and tools; a session that rests is woken for it."""
        session = await sessions.find(caller(), session_id)
        return reply(McpServers(servers=await servers_of(session)))

    return blueprint
