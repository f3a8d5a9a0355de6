"""The Textual app: its screen, user and theme, and the methods that the browser's page calls."""

import gc
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from textual.app import App
from textual.binding import Binding
from textual.events import Event, Key
from textual.filter import LineFilter
from textual.message import Message

from tui.browser_bridge import BrowserBridge
from tui.control_filter import ControlCharacterFilter
from tui.identity import Identity
from tui.settings import Settings
from tui.textual_patches import apply_patches
from tui.themes import ANSI_DARK, ANSI_LIGHT, DARK, LIGHT, themes
from tui.user_state import UserState

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

PRELOAD_AFTER = 0.3
"""Seconds after the start."""
GC_THRESHOLD = 20_000
"""New objects after which Python collects garbage; its own 700 would mean several collections in each frame."""


class ClaudeApp(App[None]):
    """Claude Code in a terminal or a browser tab."""

    TITLE = "Claude Code"
    CSS_PATH = "styles/app.tcss"
    ENABLE_COMMAND_PALETTE = False  # the chat screen has its own
    BINDINGS = [
        Binding("ctrl+q", "quit", "Leave", priority=True),
        Binding("ctrl+c", "copy_or_stop", "Copy", show=False, priority=True),
    ]

    class Claimed(Message):
        """A user's tab claims this spare app."""

        def __init__(self, identity: Identity) -> None:
            self.identity = identity
            super().__init__()

    def __init__(self, settings: Settings, identity: Identity | None = None, *, first_command: str = "") -> None:
        """Creates the app.

        Args:
            identity: the user and the session to open; None creates a spare app, which waits for `claim`.
            first_command: a command to run at the start, such as `/resume`.
        """
        super().__init__()
        apply_patches()
        self.settings = settings
        self.bridge = BrowserBridge(self, has_browser=settings.has_browser)
        self._identity = identity
        self._first_command = first_command
        self._chat: ChatScreen | None = None
        self._filter: ControlCharacterFilter | None = None
        self.last_key_at = 0.0
        """When the last key arrived, in seconds of `perf_counter`; streamed text waits until its letter is drawn."""
        for theme in themes():
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = ANSI_DARK, ANSI_LIGHT
        self.theme = DARK.name

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key):
            self.last_key_at = perf_counter()
        await super().on_event(event)

    def get_line_filters(self) -> list[LineFilter]:
        """Applies the control-character filter after all others."""
        others = tuple(super().get_line_filters())
        if self._filter is None or self._filter.others != others:
            self._filter = ControlCharacterFilter(others)
        return [self._filter]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes()[0].variables

    def claim(
        self,
        *,
        user: str | None,
        session_id: str | None = None,
        notice: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Assigns a spare app to a user. May be called from any thread; later calls have no effect."""
        identity = Identity(user=user, session_id=session_id, notice=notice, request_id=request_id)
        self.post_message(self.Claimed(identity))

    async def on_mount(self) -> None:
        if self._identity is not None:
            await self.open(self._identity)
        else:
            await self._show_chat()
        self.set_timer(PRELOAD_AFTER, self._start_preloading)

    def _start_preloading(self) -> None:
        self.run_worker(preload, thread=True, group="preload")

    async def _show_chat(self) -> "ChatScreen":
        """Mounts the chat screen if necessary and returns it; a spare app mounts it before it has a user."""
        from tui.screens.chat import ChatScreen

        if self._chat is None:
            self._chat = ChatScreen(self.settings, self.bridge)
            await self.push_screen(self._chat)
        return self._chat

    async def on_claude_app_claimed(self, message: Claimed) -> None:
        if self._identity is None:
            self._identity = message.identity
            await self.open(message.identity)

    async def open(self, identity: Identity) -> None:
        """Assigns the app to a user and opens their session."""
        theme = UserState(self.settings.state_dir, identity.user).read("theme", "")
        if theme in self.available_themes:
            self.theme = theme
        chat = await self._show_chat()
        chat.assign(identity)
        if self._first_command:
            self.call_after_refresh(chat.run_command, self._first_command)

    def use_appearance(self, dark: bool) -> None:
        """Follows the browser's preference, unless the user chose another theme."""
        if self.theme in (DARK.name, LIGHT.name):
            self.theme = DARK.name if dark else LIGHT.name

    def watch_theme(self, theme_name: str) -> None:
        theme = self.available_themes[theme_name]
        self.bridge.set_appearance(dark=theme.dark, background=theme.background or "")

    def restore_draft(self, text: str) -> None:
        """Restores the prompt's text after an earlier process of this tab was lost, unless the prompt has text."""
        if self._chat is not None and not self._chat.editor.text:
            self._chat.editor.put(text)

    def take_prompt(self, text: str) -> None:
        """Sends a prompt written in the page's own field; the focus stays where it is."""
        if self._chat is not None:
            self._chat.editor.send_text(text)

    def attach_files(self, paths: list[str]) -> None:
        """Attaches files that the page uploaded."""
        if self._chat is not None:
            self._chat.prompt_area.attach(paths)

    def action_copy_or_stop(self) -> None:
        """Copies the selected text; without a selection, does what Esc does."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.notify("Copied", timeout=1.5)
        elif self._chat is not None and self.screen is self._chat:
            self._chat.action_interrupt()

    def action_open_link(self, address: str) -> None:
        """Opens a link that was clicked."""
        self.bridge.open_link(address)


def create_app(settings: Settings, identity: Identity | None = None, *, first_command: str = "") -> ClaudeApp:
    """Creates the app; the arguments are those of `ClaudeApp`."""
    return ClaudeApp(settings, identity, first_command=first_command)


def preload() -> None:
    """Imports what the first answer and the most used screens need, and exempts it from garbage collection."""
    from rich.cells import cell_len

    from tui.client.transport import Transport
    from tui.screens import chat, pick, sessions, text_page  # noqa: F401
    from tui.text.highlight import highlight
    from tui.text.markdown import Document

    _ = Transport(Path("nowhere"), None).http
    highlight("x = 1", "python")
    highlight("ls", "bash")
    Document("# x").lines(80)
    cell_len("…")
    # A full collection takes 90 ms, which a user who types would notice. Objects that exist now are never collected.
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 10, 10)
