"""Gives commands access to the parts of the chat screen."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.content import Content

from api.schema.mcp import McpServer
from tui.browser_bridge import BrowserBridge
from tui.client import Client
from tui.client.responses import Command
from tui.screens.chat.conversation_pane import ConversationPane
from tui.screens.chat.prompt_area import PromptArea
from tui.screens.chat.user_context import UserContext
from tui.screens.mcp_servers import McpServersScreen
from tui.screens.pick import PickScreen
from tui.screens.text_page import TextScreen
from tui.session_controller import SessionController
from tui.widgets.choices import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCommandContext:
    """The chat screen's implementation of `CommandContext`, which documents each member."""

    app: App[Any]  # whatever the app returns
    bridge: BrowserBridge
    user: UserContext
    pane: ConversationPane
    prompt_area: PromptArea
    start_worker: Callable[..., object]
    """Textual's `run_worker`."""
    run: Callable[[str], object]
    open_session: Callable[[str | None], None]
    close_tab: Callable[[], object]
    change_settings: Callable[..., object]

    @property
    def session(self) -> SessionController:
        return self.user.sessions.active

    @property
    def client(self) -> Client:
        return self.user.client

    @property
    def theme(self) -> str:
        return self.app.theme

    @property
    def focus_help(self) -> str:
        focused = self.app.focused
        helps = [getattr(node, "HELP", None) for node in focused.ancestors_with_self] if focused else []
        return next((text for text in helps if text), "")

    @property
    def claude_commands(self) -> Sequence[Command]:
        return self.user.completions.claude_commands

    def start(self, work: Coroutine[Any, Any, None], *, group: str) -> None:
        self.start_worker(work, group=group)

    def add_notice(self, text: str, level: str = "info") -> None:
        self.pane.add_notice(self.session, text, level)

    def copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        self.app.notify("Copied", timeout=1.5)

    def exit(self) -> None:
        self.app.exit()

    def send_prompt(self, text: str) -> None:
        self.prompt_area.send(text, ())

    def use_theme(self, name: str) -> None:
        self.app.theme = name
        self.user.state.write("theme", name)

    def fill_prompt(self, text: str) -> None:
        self.prompt_area.editor.put(text)
        self.prompt_area.editor.focus()

    def attach(self, paths: list[str]) -> None:
        self.prompt_area.attach(paths)

    async def load_older(self, session: SessionController) -> int:
        return await self.pane.load_older(session)

    async def pick(self, title: str, options: list[Option], *, selected: str | None = None) -> str | None:
        return await self.app.push_screen_wait(PickScreen(title, options, selected=selected))

    def show_text(self, title: str, lay_out: Callable[[int], list[Content]]) -> None:
        self.app.push_screen(TextScreen(title, lay_out))

    def show_sessions(self) -> None:
        from tui.screens.sessions import SessionsScreen  # not needed for the first screen

        def open_picked(session_id: str | None) -> None:
            if session_id:
                self.open_session(session_id)

        self.app.push_screen(SessionsScreen(self.client), open_picked)

    def show_mcp_servers(self, load: Callable[[], Awaitable[tuple[McpServer, ...]]]) -> None:
        self.app.push_screen(McpServersScreen(load))
