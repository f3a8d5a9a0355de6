"""The interface through which commands use the app; the chat screen implements it."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

from textual.content import Content

from api.schema.mcp import McpServer
from tui.browser_bridge import BrowserBridge
from tui.client import Client
from tui.client.responses import Command
from tui.session_controller import SessionController
from tui.widgets.choices import Option


class CommandContext(Protocol):
    """The session that a command acts on, and the operations on the screen that it may use."""

    @property
    def session(self) -> SessionController:
        """The session on the screen."""

    @property
    def client(self) -> Client: ...

    @property
    def bridge(self) -> BrowserBridge: ...

    @property
    def theme(self) -> str: ...

    @property
    def focus_help(self) -> str:
        """Markdown that describes the keys of the focused widget."""

    @property
    def claude_commands(self) -> Sequence[Command]:
        """Claude Code's own commands; empty until they are loaded."""

    def start(self, work: Coroutine[Any, Any, None], *, group: str) -> None:
        """Runs the rest of a command in the background."""

    def run(self, text: str) -> object:
        """Runs the command in a prompt."""

    def add_notice(self, text: str, level: str = "info") -> None:
        """Adds a line to the conversation."""

    def copy(self, text: str) -> None:
        """Copies to the clipboard and confirms it."""

    def open_session(self, session_id: str | None) -> None:
        """Opens a session in a tab; None opens a new one."""

    def close_tab(self) -> object:
        """Closes the tab on the screen."""

    def exit(self) -> None:
        """Ends the app."""

    def send_prompt(self, text: str) -> None:
        """Sends a prompt without attachments."""

    def change_settings(self, **changes: str) -> object:
        """Changes the session's model, mode, effort or title."""

    def use_theme(self, name: str) -> None:
        """Switches to a theme and stores it for this user."""

    def fill_prompt(self, text: str) -> None:
        """Replaces the prompt's text."""

    def attach(self, paths: list[str]) -> None:
        """Attaches files of the workspace to the prompt."""

    async def load_older(self, session: SessionController) -> int:
        """Loads older messages of the session, shows them, and returns the number of items added.

        Raises:
            TuiError: the server did not send them.
        """

    async def pick(self, title: str, options: list[Option], *, selected: str | None = None) -> str | None:
        """Asks for one of the options and returns its id, or None if the user goes back."""

    def show_text(self, title: str, lay_out: Callable[[int], list[Content]]) -> None:
        """Shows lines that are laid out for a width."""

    def show_sessions(self) -> None:
        """Shows the list of sessions."""

    def show_mcp_servers(self, load: Callable[[], Awaitable[tuple[McpServer, ...]]]) -> None:
        """Shows MCP servers, and reloads them while any of them is connecting."""
