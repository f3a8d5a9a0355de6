"""`/mcp`: a page of the session's MCP servers, which follows them while they connect."""

import asyncio
from typing import TYPE_CHECKING

from textual.content import Content

from api.schema.mcp import McpServer
from tui.errors import TuiError
from tui.screens.text_page import TextScreen
from tui.text.markdown.blocks import EMPTY
from tui.text.mcp_servers import PENDING, server_lines
from tui.text.sanitize import one_line

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

AGAIN = 1.0
"""Seconds after which servers that still connect are asked for again."""


class McpScreen(TextScreen):
    """What Claude Code says of its servers."""

    def __init__(self) -> None:
        self._servers: tuple[McpServer, ...] = ()
        self._sentence: str | None = "Asking Claude Code…"
        super().__init__("MCP servers", self._page)

    @property
    def is_waiting(self) -> bool:
        """Whether there may be more to tell soon."""
        return self.is_attached and any(server.status == PENDING for server in self._servers)

    def show(self, servers: tuple[McpServer, ...]) -> None:
        self._servers, self._sentence = servers, None
        self.redraw()

    def refuse(self, sentence: str) -> None:
        """Says why there is nothing more to show, above what was shown before."""
        self._sentence = sentence
        self.redraw()

    def _page(self, width: int) -> list[Content]:
        if self._sentence is None:
            return server_lines(self._servers, width)
        said = Content(one_line(self._sentence)).wrap(width)
        return [*said, EMPTY, *server_lines(self._servers, width)] if self._servers else said


def show_mcp(screen: "ChatScreen", _: str) -> None:
    """Opens the page at once, and fills it."""
    page = McpScreen()
    screen.app.push_screen(page)
    screen.run_worker(_fill(screen, page), group="mcp", exclusive=True)


async def _fill(screen: "ChatScreen", page: McpScreen) -> None:
    try:
        if screen.session.is_new:
            await screen.session.begin()
        page.show(await screen.client.mcp_servers(screen.session.session_id))
        while page.is_waiting:
            await asyncio.sleep(AGAIN)
            page.show(await screen.client.mcp_servers(screen.session.session_id))
    except TuiError as error:
        page.refuse(str(error))
