"""The MCP servers of a session, as its Claude Code process sees them."""

import asyncio
from typing import TYPE_CHECKING

import claude_agent_sdk as sdk
import structlog

from api.claude.process import ClaudeProcess
from api.errors import BusyError, CliFailedError, FolderNotTrustedError, SessionBusyError
from api.processes.limiter import RETRY_AFTER
from api.schema.mcp import McpServer, McpTool

if TYPE_CHECKING:
    from api.sessions.session import Session

SECONDS = 20.0
"""How long it may take until there is a slot, until its process has started, and until that says it."""

log = structlog.get_logger(__name__)


async def servers_of(session: "Session") -> tuple[McpServer, ...]:
    """Asks the session's process, which is started when there is none.

    Raises:
        SessionBusyError: the session is being rewound.
        FolderNotTrustedError: it would have to ask a person first, and no prompt runs in which it could.
        NotConfiguredError: there are no credentials.
        BusyError: too many wait for a process, or the server is about to stop.
        SessionNotFoundError: it was deleted meanwhile.
        CliFailedError: it did not start, or does not answer.
    """
    if session.runner.is_paused:
        raise SessionBusyError
    try:
        with session.seat.asked():
            found = await _told(session.seat.cli or await _process(session))
    finally:
        if not session.runner.is_busy:
            session.rested()
    return tuple(_server(one) for one in found)


async def _process(session: "Session") -> ClaudeProcess:
    session.host.admission.check_open()
    session.host.starter.check_credentials()
    if not session.seat.has_slot:
        session.host.slots.check_room()
    if not session.runner.runs_prompt and await session.workshop.asks_for_trust():
        raise FolderNotTrustedError
    for _ in range(2):  # the slot may have come late: the start has a time of its own
        try:
            async with asyncio.timeout(SECONDS):
                return await session.seat.connected()
        except TimeoutError:
            if not session.seat.has_slot:
                raise BusyError("Every Claude Code process is in use. Try again.", retry_after=RETRY_AFTER) from None
    raise CliFailedError("Claude Code takes long to start. Try again.")


async def _told(cli: ClaudeProcess) -> list[sdk.McpServerStatus]:
    try:
        async with asyncio.timeout(SECONDS):
            return await cli.mcp_servers()
    except Exception as error:  # the SDK raises plain ones
        log.warning("mcp_not_told", error=str(error))
        raise CliFailedError("Claude Code does not say which MCP servers it has. Try again.") from error


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
