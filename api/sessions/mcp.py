"""Reads the MCP servers of a session from its Claude Code process."""

import asyncio

import structlog

from api.claude.process import ClaudeProcess
from api.errors import BusyError, CliFailedError, FolderNotTrustedError, SessionBusyError
from api.processes.handle import ProcessHandle
from api.processes.limiter import RETRY_AFTER
from api.schema.mcp import McpServer
from api.sessions.connector import ProcessConnector
from api.sessions.context import SessionContext
from api.turns.runner import TurnRunner

SECONDS = 20.0
"""The time limit of each step: waiting for a slot, starting the process, and its answer."""

log = structlog.get_logger(__name__)


class McpReader:
    """Queries the process of one session, and starts one if there is none."""

    def __init__(
        self, *, handle: ProcessHandle, runner: TurnRunner, connector: ProcessConnector, context: SessionContext
    ) -> None:
        self._handle = handle
        self._runner = runner
        self._connector = connector
        self._context = context

    async def read(self) -> tuple[McpServer, ...]:
        """The servers and their present state.

        Raises:
            SessionBusyError: the session is being rewound.
            FolderNotTrustedError: a person must trust the folder first, and no prompt is running that could ask.
            NotConfiguredError: there are no credentials.
            BusyError: too many callers wait for a process, or the server is stopping.
            SessionNotFoundError: it was deleted meanwhile.
            CliFailedError: the process did not start, or does not answer.
        """
        if self._runner.is_paused:
            raise SessionBusyError
        try:
            with self._handle.in_use():
                return await _ask(self._handle.process or await self._connect())
        finally:
            if not self._runner.is_busy:
                self._runner.became_idle()

    async def _connect(self) -> ClaudeProcess:
        self._context.quota.check_open()
        self._context.launcher.check_credentials()
        if not self._handle.has_slot:
            self._context.limiter.check_not_full()
        if not self._runner.runs_prompt and await self._connector.asks_for_trust():
            raise FolderNotTrustedError
        for _ in range(2):  # the wait for a slot and the start each have the full time
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._handle.connected()
            except TimeoutError:
                if not self._handle.has_slot:
                    message = "Every Claude Code process is in use. Try again"
                    raise BusyError(message, retry_after=RETRY_AFTER) from None
        raise CliFailedError("Claude Code did not start in time. Try again")


async def _ask(process: ClaudeProcess) -> tuple[McpServer, ...]:
    try:
        async with asyncio.timeout(SECONDS):
            return await process.mcp_servers()
    except Exception as error:  # the SDK also raises bare exceptions
        log.warning("mcp_status_unknown", error=str(error))
        raise CliFailedError("Claude Code did not report its MCP servers. Try again") from error
