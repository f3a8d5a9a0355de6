"""The terminal app: who is claimed, which screens there are, how it looks."""

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
from tui.preload import preload
from tui.settings import Settings
from tui.textual_patches import apply_patches
from tui.themes import ANSI_DARK, ANSI_LIGHT, DARK, LIGHT, themes
from tui.user_state import UserState

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

WARM_AFTER = 0.3
"""Seconds after the start."""


class ClaudeApp(App[None]):
    """A Claude Code session on a screen."""

    TITLE = "Claude Code"
    CSS_PATH = "styles/app.tcss"
    ENABLE_COMMAND_PALETTE = False  # ours shows keys and the CLI's commands too
    BINDINGS = [
        Binding("ctrl+q", "quit", "Leave", priority=True),
        Binding("ctrl+c", "copy_or_stop", "Copy", show=False, priority=True),
    ]

    class Claimed(Message):
        """A person took this app."""

        def __init__(self, identity: Identity) -> None:
            self.identity = identity
            super().__init__()

    def __init__(self, settings: Settings, identity: Identity | None = None, *, starts_with: str = "") -> None:
        super().__init__()
        self._starts_with = starts_with
        apply_patches()
        self.settings = settings
        self.bridge = BrowserBridge(self, has_browser=settings.has_browser)
        self._identity = identity
        self._chat: ChatScreen | None = None
        self._filter: ControlCharacterFilter | None = None
        self.last_key_at = 0.0
        """When the last key arrived, in seconds of `perf_counter`; streaming waits for it to be drawn."""
        for theme in themes():
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = ANSI_DARK, ANSI_LIGHT
        self.theme = DARK.name

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key):
            self.last_key_at = perf_counter()
        await super().on_event(event)

    def get_line_filters(self) -> list[LineFilter]:
        """The last line of defence against control characters stands behind every other filter."""
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
        """Gives a spare app its person; safe from the driver's input thread. A second call changes nothing."""
        self.post_message(
            self.Claimed(Identity(user=user, session_id=session_id, notice=notice, request_id=request_id))
        )

    async def on_mount(self) -> None:
        if self._identity is not None:
            await self.open(self._identity)
        else:
            await self._chat_screen()
        self.set_timer(WARM_AFTER, self._warm)

    async def _chat_screen(self) -> "ChatScreen":
        """The one chat screen; a spare app mounts it before it is anybody's."""
        from tui.screens.chat import ChatScreen

        if self._chat is None:
            self._chat = ChatScreen(self.settings, self.bridge)
            await self.push_screen(self._chat)
        return self._chat

    def _warm(self) -> None:
        """Imports what the first answer will need, in a thread, so that the first answer does not wait for it."""
        self.run_worker(preload, thread=True, group="warm")

    async def on_claude_app_claimed(self, message: Claimed) -> None:
        if self._identity is None:
            self._identity = message.identity
            await self.open(message.identity)

    async def open(self, identity: Identity) -> None:
        """Shows the conversation that the identity names."""
        theme = UserState(self.settings.state_dir, identity.user).read("theme", "")
        if theme in self.available_themes:
            self.theme = theme
        screen = await self._chat_screen()
        screen.take(identity)
        if self._starts_with:
            from tui.commands import run_command

            self.call_after_refresh(run_command, screen, self._starts_with)

    def use_appearance(self, dark: bool) -> None:
        """Follows what the browser prefers, unless the person chose a theme."""
        if self.theme in (DARK.name, LIGHT.name):
            self.theme = DARK.name if dark else LIGHT.name

    def watch_theme(self, theme_name: str) -> None:
        theme = self.available_themes[theme_name]
        self.bridge.appearance(dark=theme.dark, background=theme.background or "")

    def restore_draft(self, text: str) -> None:
        """Puts back what was typed before the last process of this tab was lost."""
        from tui.screens.chat import ChatScreen

        for screen in self.screen_stack:
            if isinstance(screen, ChatScreen) and not screen.editor.text:
                screen.editor.put(text)

    def take_prompt(self, text: str) -> None:
        """Sends what was written in the page's own field; whatever has the keys just now keeps them."""
        from tui.screens.chat import ChatScreen

        for screen in reversed(self.screen_stack):
            if isinstance(screen, ChatScreen):
                screen.editor.take(text)
                return

    def attach_files(self, paths: list[str]) -> None:
        """Puts files that the page uploaded into the prompt."""
        from tui.commands.files import attach
        from tui.screens.chat import ChatScreen

        for screen in self.screen_stack:
            if isinstance(screen, ChatScreen):
                attach(screen, paths)

    def action_copy_or_stop(self) -> None:
        """Ctrl+C copies what is selected, else does what Esc does."""
        from tui.screens.chat import ChatScreen

        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.notify("Copied", timeout=1.5)
        elif isinstance(self.screen, ChatScreen):
            self.screen.action_interrupt()

    def action_open_link(self, address: str) -> None:
        """Opens a link of an answer."""
        self.bridge.open_link(address)


def create_app(settings: Settings, identity: Identity | None = None, *, starts_with: str = "") -> ClaudeApp:
    """The app; without an identity it stays blank until `claim()`.

    Args:
        starts_with: a command to run first, such as `/resume`.
    """
    return ClaudeApp(settings, identity, starts_with=starts_with)
