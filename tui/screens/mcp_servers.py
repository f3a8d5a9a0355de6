"""A page of MCP servers, reloaded while any of them is connecting."""

import asyncio
from collections.abc import Awaitable, Callable

from textual import work
from textual.content import Content

from api.schema.mcp import McpServer
from tui.errors import TuiError
from tui.screens.text_page import TextScreen
from tui.text.markdown.blocks import EMPTY
from tui.text.mcp_servers import PENDING, server_lines
from tui.text.sanitize import one_line

RELOAD_SECONDS = 1.0


class McpServersScreen(TextScreen):
    """Opens immediately, and shows the servers when they are loaded."""

    def __init__(self, load: Callable[[], Awaitable[tuple[McpServer, ...]]]) -> None:
        super().__init__("MCP servers", self._lay_out)
        self._load = load
        self._servers: tuple[McpServer, ...] = ()
        self._message: str | None = "Asking Claude Code…"

    @work(exclusive=True, group="mcp")
    async def on_mount(self) -> None:
        try:
            self._show(await self._load())
            while any(server.status == PENDING for server in self._servers):
                await asyncio.sleep(RELOAD_SECONDS)
                self._show(await self._load())
        except TuiError as error:
            self._message = str(error)
            self.redraw()

    def _show(self, servers: tuple[McpServer, ...]) -> None:
        self._servers, self._message = servers, None
        self.redraw()

    def _lay_out(self, width: int) -> list[Content]:
        if self._message is None:
            return server_lines(self._servers, width)
        message = Content(one_line(self._message)).wrap(width)
        return [*message, EMPTY, *server_lines(self._servers, width)] if self._servers else message
