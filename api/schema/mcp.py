"""The MCP servers of a session."""

from api.schema.base import Record


class McpTool(Record):
    """A tool of an MCP server."""

    name: str
    description: str | None = None


class McpServer(Record, omit_defaults=False):
    """One MCP server of a session."""

    name: str
    status: str
    """`connected`, `pending`, `failed`, `needs-auth` or `disabled`, as Claude Code reports it."""
    scope: str | None
    """Where it is configured: `project`, `user`, `local` …"""
    transport: str | None
    """`stdio`, `http`, `sse` …"""
    version: str | None
    """The name and version that it reports, once it is connected."""
    error: str | None
    tools: tuple[McpTool, ...]


class McpServers(Record, omit_defaults=False):
    """The answer of `GET /sessions/{id}/mcp`."""

    servers: tuple[McpServer, ...]
