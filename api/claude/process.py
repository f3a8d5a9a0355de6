"""One connected Claude Code process."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import claude_agent_sdk as sdk
import structlog

from api.claude.command import ProcessOptions, command_line
from api.claude.transport import CliTransport
from api.errors import CliFailedError, InvalidOptionError
from runtime.process_tree import kill_by_environment, kill_group
from runtime.tracing import trace_headers

TAG = "CLAUDE_SESSION_PROCESS"
"""A variable that marks what a Claude Code process starts, so that it can be found when that is gone."""
START_SECONDS = 60.0

Heard = Callable[[sdk.Message], Awaitable[None]]
Lost = Callable[["ClaudeProcess", Exception | None], Awaitable[None]]

log = structlog.get_logger(__name__)


class ClaudeProcess:
    """A running Claude Code, and whose turn it serves."""

    def __init__(
        self,
        launch: ProcessOptions,
        *,
        program: Path,
        environment: Mapping[str, str],
        store: sdk.SessionStore,
        run_as: Sequence[str] = (),
    ) -> None:
        self.launch = launch
        self.session_id = launch.session_id
        """The conversation it is in; another one after `/clear`."""
        self.ask: sdk.CanUseTool | None = None
        """Who answers its permission requests just now."""
        self.cost_usd = launch.cost_usd
        """What its turns cost so far; its results give the sum."""
        self.is_adjusted = False
        """Whether its model or mode was changed since it started."""
        self._run_as = run_as
        self._tag = str(uuid.uuid4())
        traced = {name.upper(): value for name, value in trace_headers().items()}
        environment = {**environment, **traced, TAG: self._tag, "PWD": str(launch.cwd)}
        self._transport = CliTransport(
            command_line(launch, program), cwd=launch.cwd, environment=environment, run_as=run_as
        )
        options = sdk.ClaudeAgentOptions(
            can_use_tool=self._ask, session_store=store, forward_subagent_text=True, env=dict(environment)
        )
        self._client = sdk.ClaudeSDKClient(options, transport=self._transport)
        self._closing: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._heard: Heard | None = None
        self._lost: Lost | None = None

    @property
    def pid(self) -> int | None:
        return self._transport.pid

    @property
    def is_running(self) -> bool:
        return self._closing is None and self._transport.is_ready()

    @property
    def complaints(self) -> str:
        """The last lines that it wrote for people."""
        return self._transport.complaints

    async def start(self) -> None:
        """Starts and connects.

        Raises:
            CliFailedError: it did not; why is in our log.
            InvalidOptionError: it was given a JSON Schema that it cannot use.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._client.connect()
        except Exception as error:  # the SDK raises plain ones too
            log.warning("cli_start_failed", error=str(error), stderr=self._transport.complaints)
            if "--json-schema" in self._transport.complaints:
                raise InvalidOptionError("options.outputSchema: Claude Code cannot use this JSON Schema") from error
            raise CliFailedError("Claude Code did not start. Its log on the server says why.") from error

    async def send(self, content: str | list[dict[str, Any]], *, turn_id: str) -> None:
        """Sends a prompt; its id becomes the id of the user's message."""
        message = {"role": "user", "content": content}

        async def prompt() -> AsyncIterator[dict[str, Any]]:
            yield {"type": "user", "message": message, "parent_tool_use_id": None, "uuid": turn_id}

        await self._client.query(prompt())

    def listen(self, heard: Heard, lost: Lost) -> None:
        """Hands on what it says from now on: to whoever listened last.

        Args:
            heard: told each message.
            lost: told when it ended by itself, and why if that is known.
        """
        self._heard, self._lost = heard, lost
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        error: Exception | None = None
        try:
            async for message in self._client.receive_messages():
                if self._heard:
                    await self._heard(message)
        except Exception as caught:
            error = caught
        if self._closing is None and self._lost:
            await self._lost(self, error)

    async def interrupt(self) -> None:
        """Asks it to stop what it does."""
        await self._client.interrupt()

    async def set_model(self, model: str | None) -> None:
        self.is_adjusted = True
        await self._client.set_model(model)

    async def set_permission_mode(self, mode: sdk.PermissionMode) -> None:
        self.is_adjusted = True
        await self._client.set_permission_mode(mode)

    async def rewind_files(self, message_id: str) -> None:
        """Brings the files back to where they were at a user's message."""
        await self._client.rewind_files(message_id)

    async def server_info(self) -> dict[str, Any]:
        """What it offers: models, commands, agents."""
        return await self._client.get_server_info() or {}

    async def mcp_servers(self) -> list[sdk.McpServerStatus]:
        """Its MCP servers, and how they are just now."""
        return (await self._client.get_mcp_status())["mcpServers"]

    async def kill(self) -> None:
        """Ends it the hard way, at once; `close` tidies up."""
        if self.pid is not None:
            await kill_group(self.pid, run_as=self._run_as)

    def close(self) -> asyncio.Task[None]:
        """Ends it in the background; who has to wait for the end awaits the answer."""
        if self._closing is None:
            self._heard = self._lost = self.ask = None
            self._closing = asyncio.create_task(self._close())
        return self._closing

    async def _close(self) -> None:
        was_running = self._transport.is_ready()
        # First the process, then the SDK: what it writes to its transcript at the end is mirrored too.
        await self._transport.close()
        with suppress(sdk.ClaudeSDKError):
            await self._client.disconnect()
        if self._reader:
            await asyncio.wait({self._reader})
        if not was_running:
            await kill_by_environment(f"{TAG}={self._tag}", run_as=self._run_as)

    async def _ask(self, name: str, given: dict[str, Any], context: sdk.ToolPermissionContext) -> sdk.PermissionResult:
        if self.ask is None:
            return sdk.PermissionResultDeny(message="Nobody is there to answer.")
        return await self.ask(name, given, context)
