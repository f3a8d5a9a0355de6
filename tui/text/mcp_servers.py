"""Lays out MCP servers with their states, errors and tools."""

from collections.abc import Sequence

from textual.content import Content

from api.schema.mcp import McpServer
from tui.text.markdown.blocks import EMPTY
from tui.text.sanitize import one_line

PENDING = "pending"
_STATES = {
    "connected": ("✓", "$text-success", "connected"),
    PENDING: ("…", "$muted", "connecting"),
    "failed": ("✗", "$text-error", "failed"),
    "needs-auth": ("!", "$text-warning", "needs you to sign in"),
    "disabled": ("–", "$muted", "disabled"),
}
NONE = "No MCP servers. Add them to .mcp.json in the workspace; Claude asks you before it starts them."
_INDENT = Content("    ")


def server_lines(servers: Sequence[McpServer], width: int) -> list[Content]:
    """The lines for all servers."""
    if not servers:
        return Content(NONE).wrap(width)
    lines: list[Content] = []
    for server in servers:
        lines += [*_server(server, width), EMPTY]
    return lines[:-1]


def _server(server: McpServer, width: int) -> list[Content]:
    sign, colour, words = _STATES.get(server.status, ("?", "$muted", one_line(server.status)))
    about = [one_line(part) for part in (server.transport, server.scope, server.version) if part]
    head = Content.assemble(
        (f"{sign} ", colour), (one_line(server.name), "bold"), (f"  {words}", colour), (_aside(about), "$muted")
    )
    lines = head.wrap(width)
    if server.error:
        lines += _indented(Content.styled(one_line(server.error), "$text-error"), width)
    if server.tools:
        count = len(server.tools)
        names = ", ".join(one_line(tool.name) for tool in server.tools)
        tools = Content.assemble(f"{count} tool{'' if count == 1 else 's'}: ", (names, "$muted"))
        lines += _indented(tools, width)
    return lines


def _aside(parts: Sequence[str]) -> str:
    return f"  {' · '.join(parts)}" if parts else ""


def _indented(content: Content, width: int) -> list[Content]:
    return [_INDENT + line for line in content.wrap(max(width - len(_INDENT), 8))]
