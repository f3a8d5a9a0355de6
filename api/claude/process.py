"""One connected Claude Code process."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import claude_agent_sdk as sdk
import structlog

from api.claude.command import ProcessOptions, command_line
from api.claude.permissions import AskForPermission
from api.claude.transcript_writer import TranscriptWriter
from api.claude.translate import Translator
from api.claude.transport import CliTransport
from api.claude.update import Update
from api.errors import CliFailedError, InvalidOptionError, PromptNotSentError
from api.schema.mcp import McpServer, McpTool
from api.schema.sessions import PermissionMode
from runtime.background_tasks import BackgroundTasks
from runtime.process_tree import kill_by_environment, kill_group
from runtime.tracing import trace_headers

TAG = "CLAUDE_SESSION_PROCESS"
"""An environment variable of Claude Code and everything it starts, to find what is left after Claude Code has ended."""
START_SECONDS = 60.0

OnUpdate = Callable[[Update], Awaitable[None]]
OnExit = Callable[["ClaudeProcess", Exception | None], Awaitable[None]]

log = structlog.get_logger(__name__)


class ClaudeProcess:
    """A running Claude Code, which serves one conversation at a time."""

    def __init__(
        self,
        options: ProcessOptions,
        *,
        program: Path,
        environment: Mapping[str, str],
        transcripts: TranscriptWriter,
        tasks: BackgroundTasks,
        run_as: Sequence[str] = (),
    ) -> None:
        self.options = options
        self.session_id = options.session_id
        """The conversation it is in; `/clear` begins a new one."""
        self.ask: AskForPermission | None = None
        """Answers its permission requests."""
        self.cost_usd = options.cost_usd
        """The cost of all its turns so far, as Claude Code reports it."""
        self.is_adjusted = False
        """Whether its model or mode was changed since it started."""
        self._tasks = tasks
        self._run_as = run_as
        self._tag = str(uuid.uuid4())
        traced = {name.upper(): value for name, value in trace_headers().items()}
        environment = {**environment, **traced, TAG: self._tag, "PWD": str(options.cwd)}
        self._transport = CliTransport(
            command_line(options, program), cwd=options.cwd, environment=environment, run_as=run_as
        )
        sdk_options = sdk.ClaudeAgentOptions(
            can_use_tool=self._ask,
            session_store=cast(sdk.SessionStore, transcripts),
            forward_subagent_text=True,
            env=dict(environment),
        )
        self._client = sdk.ClaudeSDKClient(sdk_options, transport=self._transport)
        self._closing: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._translator: Translator | None = None
        self._on_update: OnUpdate | None = None
        self._on_exit: OnExit | None = None

    @property
    def pid(self) -> int | None:
        return self._transport.pid

    @property
    def is_running(self) -> bool:
        return self._closing is None and self._transport.is_ready()

    @property
    def stderr(self) -> str:
        """The last lines of its stderr."""
        return self._transport.stderr

    async def start(self) -> None:
        """Starts and connects.

        Raises:
            CliFailedError: it did not start; the log has the reason.
            InvalidOptionError: it cannot use the JSON Schema.
        """
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._client.connect()
        except Exception as error:  # the SDK also raises bare exceptions
            log.warning("cli_start_failed", error=str(error), stderr=self.stderr)
            if "--json-schema" in self.stderr:
                raise InvalidOptionError("options.outputSchema: Claude Code cannot use this JSON Schema") from error
            raise CliFailedError("Claude Code did not start. The server's log has the reason") from error

    async def send(self, content: str | list[dict[str, Any]], *, turn_id: str) -> None:
        """Sends a prompt. The id of the turn becomes the id of the user's message.

        Raises:
            PromptNotSentError: the process does not accept it.
        """
        message = {"role": "user", "content": content}

        async def prompt() -> AsyncIterator[dict[str, Any]]:
            yield {"type": "user", "message": message, "parent_tool_use_id": None, "uuid": turn_id}

        try:
            await self._client.query(prompt())
        except sdk.ClaudeSDKError as error:
            raise PromptNotSentError(str(error)) from error

    def listen(self, translator: Translator, on_update: OnUpdate, on_exit: OnExit) -> None:
        """Passes each further message to these callbacks, which replace those of an earlier call.

        Args:
            translator: of the session that uses the process.
            on_update: awaited for each message before the next one is read.
            on_exit: awaited if the process ends before `close` is called, with the error if there is one.
        """
        self._translator, self._on_update, self._on_exit = translator, on_update, on_exit
        if self._reader is None:
            self._reader = self._tasks.start(self._read())

    async def _read(self) -> None:
        error: Exception | None = None
        try:
            async for message in self._client.receive_messages():
                if self._translator and self._on_update:
                    await self._on_update(self._translator.translate(message))
        except Exception as caught:
            error = caught
        if self._closing is None and self._on_exit:
            await self._on_exit(self, error)

    async def clear(self) -> None:
        """Clears the conversation and begins a new one, for another caller.

        Raises:
            ConnectionError: the process ended, or is still in the old conversation.
        """
        cleared = asyncio.get_running_loop().create_future()

        async def on_update(update: Update) -> None:
            if update.result and not cleared.done():
                cleared.set_result(update.result)

        async def on_exit(_: ClaudeProcess, error: Exception | None) -> None:
            if not cleared.done():
                cleared.set_exception(error or ConnectionError("it ended"))

        self.listen(Translator(self.session_id), on_update, on_exit)
        await self.send("/clear", turn_id=str(uuid.uuid4()))
        result = await cleared
        if result.transcript_id == self.session_id:
            raise ConnectionError("the conversation is still the same")
        self.session_id = result.transcript_id
        self.cost_usd = result.total_cost_usd

    async def interrupt(self) -> None:
        """Tells it to stop the running turn."""
        await self._client.interrupt()

    async def set_model(self, model: str | None) -> None:
        self.is_adjusted = True
        await self._client.set_model(model)

    async def set_permission_mode(self, mode: PermissionMode) -> None:
        self.is_adjusted = True
        await self._client.set_permission_mode(mode)

    async def rewind_files(self, message_id: str) -> None:
        """Restores the files as they were before a user's message."""
        await self._client.rewind_files(message_id)

    async def server_info(self) -> dict[str, Any]:
        """The models, commands and agents that it offers."""
        return await self._client.get_server_info() or {}

    async def mcp_servers(self) -> tuple[McpServer, ...]:
        """Its MCP servers and their present state."""
        return tuple(_mcp_server(status) for status in (await self._client.get_mcp_status())["mcpServers"])

    async def kill(self) -> None:
        """Kills it at once; `close` releases what belongs to it."""
        if self.pid is not None:
            await kill_group(self.pid, run_as=self._run_as)

    def close(self) -> asyncio.Task[None]:
        """Ends it in the background. Await the task to wait until it has ended."""
        if self._closing is None:
            self._on_update = self._on_exit = self.ask = None
            self._closing = self._tasks.start(self._close())
        return self._closing

    async def _close(self) -> None:
        was_running = self._transport.is_ready()
        # The process ends before the SDK disconnects, so that its last transcript lines are stored too.
        await self._transport.close()
        with suppress(sdk.ClaudeSDKError):
            await self._client.disconnect()
        if self._reader:
            await asyncio.wait({self._reader})
        if not was_running:  # its descendants can no longer be found by their parent
            await kill_by_environment(f"{TAG}={self._tag}", run_as=self._run_as)

    async def _ask(
        self, name: str, tool_input: dict[str, Any], context: sdk.ToolPermissionContext
    ) -> sdk.PermissionResult:
        if self.ask is None:
            return sdk.PermissionResultDeny(message="No user is available to answer.")
        return await self.ask(name, tool_input, context)


def _mcp_server(status: sdk.McpServerStatus) -> McpServer:
    server, config = status.get("serverInfo"), status.get("config")
    tools = status.get("tools", ())
    return McpServer(
        name=status["name"],
        status=status["status"],
        scope=status.get("scope"),
        transport=config.get("type") if config else None,
        version=f"{server['name']} {server['version']}" if server else None,
        error=status.get("error"),
        tools=tuple(McpTool(name=tool["name"], description=tool.get("description")) for tool in tools),
    )
