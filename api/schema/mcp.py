"""What a session's MCP servers are, and how they are."""

from api.schema.base import Record


class McpTool(Record):
    """What one of them can do."""

    name: str
    description: str | None = None


class McpServer(Record, omit_defaults=False):
    """One MCP server of a session."""

    name: str
    status: str
    """`connected`, `pending`, `failed`, `needs-auth` or `disabled`, as Claude Code says it."""
    scope: str | None
    """Where it is set: `project`, `user`, `local` …"""
    transport: str | None
    """`stdio`, `http`, `sse` …"""
    version: str | None
    """Its own name and version, once it is connected."""
    error: str | None
    tools: tuple[McpTool, ...]


class McpServers(Record, omit_defaults=False):
    """The answer of `GET /sessions/{id}/mcp`."""

    servers: tuple[McpServer, ...]
