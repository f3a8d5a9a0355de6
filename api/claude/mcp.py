"""The MCP servers of a session, as its Claude Code process sees them."""

import asyncio
from typing import TYPE_CHECKING

import claude_agent_sdk as sdk
import structlog

from api.claude.errors import CliFailedError, FolderNotTrustedError
from api.schema.mcp import McpServer, McpTool

if TYPE_CHECKING:
    from api.claude.session import Session

SECONDS = 20.0
"""How long Claude Code may take to start and to say it."""

log = structlog.get_logger(__name__)


async def servers_of(session: "Session") -> tuple[McpServer, ...]:
    """Asks the session's process, which is started when there is none.

    Raises:
        FolderNotTrustedError: it would have to ask a person first, and no turn runs in which it could.
        NotConfiguredError: there are no credentials.
        BusyError: too many wait for a process.
        CliFailedError: it did not start, or does not answer.
    """
    try:
        async with asyncio.timeout(SECONDS):
            if (cli := session.seat.cli) is None:
                session.host.starter.check_credentials()
                session.host.slots.check_room()
                if not session.runner.is_busy and await session.workshop.asks_for_trust():
                    raise FolderNotTrustedError
                with session.runner.paused():
                    cli = await session.seat.connected()
            found = await cli.mcp_servers()
    except (TimeoutError, sdk.ClaudeSDKError) as error:
        log.warning("mcp_not_told", session=session.id, error=str(error))
        raise CliFailedError("Claude Code does not say which MCP servers it has. Try again.") from error
    finally:
        if not session.runner.is_busy:
            session.rested()
    return tuple(_server(one) for one in found)


def _server(told: sdk.McpServerStatus) -> McpServer:
    about, config = told.get("serverInfo"), told.get("config")
    return McpServer(
        name=told["name"],
        status=told["status"],
        scope=told.get("scope"),
        transport=config.get("type") if config else None,
        version=f"{about['name']} {about['version']}" if about else None,
        error=told.get("error"),
        tools=tuple(McpTool(name=tool["name"], description=tool.get("description")) for tool in told.get("tools", ())),
    )
