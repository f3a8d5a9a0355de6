"""The chat screen: composes its parts, switches between sessions, and defines the keys."""

from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.dom import DOMNode
from textual.events import Key, Resize
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker

from tui.browser_bridge import BrowserBridge
from tui.commands import CommandContext, run_command, show_palette
from tui.errors import TuiError, describe_error
from tui.identity import UNASSIGNED, Identity
from tui.model import Change
from tui.screens.chat.chrome_presenter import ChromePresenter
from tui.screens.chat.command_context import ChatCommandContext
from tui.screens.chat.conversation_pane import ConversationPane
from tui.screens.chat.prompt_area import PromptArea
from tui.screens.chat.session_opener import SessionOpener
from tui.screens.chat.user_context import UserContext
from tui.session_controller import SessionController
from tui.settings import Settings
from tui.text.sanitize import visible
from tui.widgets.activity import Activity
from tui.widgets.conversation_view import ConversationView
from tui.widgets.items import ItemView
from tui.widgets.items.turn_summary import TurnSummaryView
from tui.widgets.jump_to_end import JumpToEnd
from tui.widgets.prompt_editor import PromptEditor
from tui.widgets.status_line import StatusLine
from tui.widgets.tab_bar import TabBar
from tui.widgets.todo_list import TodoList
from tui.widgets.welcome import Welcome

MODES = ("default", "acceptEdits", "plan")
"""The permission modes that Shift+Tab goes through."""
DOUBLE_PRESS_SECONDS = 1.0
"""Two presses of Esc within this time are a double press."""


class ChatScreen(Screen[None]):
    """One conversation and everything around it."""

    AUTO_FOCUS = ""  # a spare screen shows no cursor
    BINDINGS = [
        Binding("escape", "interrupt", "Stop", show=False),
        Binding("shift+tab", "next_mode", "Mode", priority=True, show=False),
        Binding("ctrl+o", "sessions", "Sessions"),
        Binding("ctrl+n", "new", "New"),
        Binding("ctrl+w", "close_tab", "Close tab", show=False),
        Binding("alt+right,ctrl+pagedown", "step_tab(1)", "Next tab", show=False),
        Binding("alt+left,ctrl+pageup", "step_tab(-1)", "Previous tab", show=False),
        Binding("pageup", "page(-1)", "Up", show=False, priority=True),
        Binding("pagedown", "page(1)", "Down", show=False, priority=True),
        Binding("ctrl+end", "to_end", "To the end", show=False, priority=True),
        Binding("ctrl+home", "to_top", "To the top", show=False, priority=True),
        Binding("ctrl+p", "palette", "Commands", priority=True),
        Binding("f1", "help", "Help"),
    ]

    def __init__(self, settings: Settings, bridge: BrowserBridge) -> None:
        super().__init__()
        self.pane = ConversationPane(bridge)
        self.prompt_area = PromptArea(bridge)
        self._tab_bar = TabBar()
        self._notice = Static(id="gateway-notice", markup=False)
        self._notice.display = False
        self._todo_panel = TodoList(id="todos-beside")
        self.presenter = ChromePresenter(
            settings=settings,
            bridge=bridge,
            tab_bar=self._tab_bar,
            pane=self.pane,
            prompt_area=self.prompt_area,
            todo_panel=self._todo_panel,
        )
        self._settings = settings
        self._bridge = bridge
        self._opener = SessionOpener(
            bridge=bridge,
            pane=self.pane,
            prompt_area=self.prompt_area,
            presenter=self.presenter,
            call_after_refresh=self.call_after_refresh,
            is_shown=lambda: self._is_shown,
        )
        self._escaped_at = 0.0
        self.user = self._create_user_context(UNASSIGNED)

    def compose(self) -> ComposeResult:
        yield self._tab_bar
        yield self._notice
        with Horizontal(id="middle"):
            with Vertical(id="column"):
                yield self.pane
                yield self.prompt_area
            yield self._todo_panel

    def update_node_styles(self, animate: bool = True) -> None:
        """Skips the conversation's items, whose styles do not depend on the screen; there may be thousands."""
        nodes: list[DOMNode] = [self]
        for node in nodes:
            if not isinstance(node, ConversationView):
                nodes.extend(node.children)
        self.app.stylesheet.update_nodes(nodes, animate=animate)

    def on_resize(self, event: Resize) -> None:
        self.prompt_area.fit(event.size.height)
        if self.user.sessions.all:
            self.presenter.show_size(self.session)

    @property
    def editor(self) -> PromptEditor:
        return self.prompt_area.editor

    @property
    def session(self) -> SessionController:
        """The session on the screen."""
        return self.user.sessions.active

    def _create_user_context(self, identity: Identity) -> UserContext:
        return UserContext.create(
            identity,
            self._settings,
            start_task=self._start_following,
            on_changes=self.show_changes,
            on_connection=self._show_connection,
        )

    def _start_following(self, follow: Callable[[], Coroutine[Any, Any, None]]) -> Worker[None]:
        return self.run_worker(follow, group="follow", exit_on_error=False)

    def assign(self, identity: Identity) -> None:
        """Assigns the mounted screen to a user and opens the identity's session, or a new one."""
        self.user = self._create_user_context(identity)
        self.prompt_area.assign(self.user)
        if identity.notice:
            self._notice.update(visible(identity.notice))
            self._notice.display = True
        session = self.user.sessions.open(identity.session_id)
        session.draft = self.prompt_area.saved_draft(identity.session_id)
        self.presenter.show_status(self.user)  # the first frame already shows the user's name
        self.presenter.show_tabs(self.user)
        self.open_active()

    async def on_unmount(self) -> None:
        if self.user.identity is not UNASSIGNED:
            await self.user.close()

    @work(exclusive=True, group="open")
    async def open_active(self) -> None:
        """Shows the active session and follows it."""
        await self._opener.open(self.user)

    def show_changes(self, session: SessionController, changes: tuple[Change, ...]) -> None:
        """Shows what has changed in a session."""
        if not self._is_shown:
            return
        self.user.sessions.mark_changed(session)
        self.pane.apply(session, changes)
        self.presenter.show_changes(self.user, session, changes)

    def _show_connection(self, session: SessionController) -> None:
        if self._is_shown and session is self.session:
            if session.refusal:
                self.add_notice(session.refusal, "error")
            self.presenter.show_status(self.user)

    @property
    def _is_shown(self) -> bool:
        """Whether the widgets exist: false before mounting and while the app closes."""
        return self.is_mounted and self.app.is_running

    def open_session(self, session_id: str | None) -> None:
        """Shows a session in a tab; None opens a new one."""
        self.user.sessions.open(session_id)
        self.open_active()

    async def action_close_tab(self) -> None:
        await self.user.sessions.close_active()
        self.open_active()

    def action_new(self) -> None:
        self.open_session(None)

    def action_step_tab(self, step: int) -> None:
        self.user.sessions.step(step)
        self.open_active()

    @on(TabBar.TabClicked)
    def _open_tab(self, message: TabBar.TabClicked) -> None:
        if message.number < 0:
            self.action_new()
        else:
            self.user.sessions.activate(message.number)
            self.open_active()

    @on(PromptEditor.Submitted)
    def _submit(self, message: PromptEditor.Submitted) -> None:
        self.pane.view.to_end()
        if not self.run_command(message.text):
            self.prompt_area.send(message.text)
        self.prompt_area.requests.arm(is_typing=True)  # the prompt is empty, so keys may answer a request

    def run_command(self, text: str) -> bool:
        """Runs the command in a prompt; returns False if it is a prompt for Claude."""
        return run_command(self._command_context(), text)

    def _command_context(self) -> CommandContext:
        return ChatCommandContext(
            app=self.app,
            bridge=self._bridge,
            user=self.user,
            pane=self.pane,
            prompt_area=self.prompt_area,
            start_worker=self.run_worker,
            run=self.run_command,
            open_session=self.open_session,
            close_tab=lambda: self.run_worker(self.action_close_tab(), group="open"),
            change_settings=self._change_settings,
        )

    def add_notice(self, text: str, level: str = "info") -> None:
        """Adds a notice of the app to the conversation."""
        self.pane.add_notice(self.session, text, level)

    @on(PromptArea.NoticeRequested)
    def _add_notice(self, message: PromptArea.NoticeRequested) -> None:
        self.add_notice(message.text, message.level)

    @on(PromptArea.PromptAccepted)
    def _prompt_accepted(self) -> None:
        self.presenter.show_all(self.user)

    @on(TurnSummaryView.RetryRequested)
    def _retry(self, message: TurnSummaryView.RetryRequested) -> None:
        if message.summary.prompt:
            self.editor.focus()
            self.prompt_area.send(message.summary.prompt, message.summary.attachments)

    @work(group="send")
    async def _change_settings(self, **changes: str) -> None:
        try:
            await self.session.change_settings(**changes)
        except TuiError as error:
            self.add_notice(describe_error(error), "error")

    @on(Welcome.ExampleClicked)
    def _try_example(self, message: Welcome.ExampleClicked) -> None:
        self.editor.put(message.prompt)
        self.editor.focus()

    @on(StatusLine.CommandClicked)
    def _run_clicked(self, message: StatusLine.CommandClicked) -> None:
        self.run_command(message.command)

    def on_key(self, event: Key) -> None:
        """Inserts letters into the prompt that the focused item does not use."""
        is_item = isinstance(self.focused, ItemView)
        if is_item and event.is_printable and event.character and event.key not in self.active_bindings:
            self.prompt_area.type(event.character)
            event.stop()

    @on(ConversationView.EndPassed)
    @on(JumpToEnd.Pressed)
    def _focus_prompt(self) -> None:
        self.editor.focus()

    def on_descendant_focus(self) -> None:
        self.prompt_area.show_key_hints()

    @on(Activity.StopClicked)
    def action_interrupt(self) -> None:
        panel = self.prompt_area.requests.panel
        if panel is not None and panel.is_field_open:
            panel.close_field()
        elif self.session.conversation.running is not None:
            self.prompt_area.interrupt()
        elif self.focused is not self.editor:
            self.editor.focus()
        else:
            self._escape_idle()

    def _escape_idle(self) -> None:
        now = monotonic()
        if now - self._escaped_at >= DOUBLE_PRESS_SECONDS:
            self._escaped_at = now
            return
        self._escaped_at = 0.0
        if self.editor.text:
            self.editor.prompt_history.add(self.editor.text)
            self.editor.put("")
        else:
            self.run_command("/rewind")

    @on(PromptEditor.TabPressed)
    def action_answer(self) -> None:
        if not self.prompt_area.requests.arm(is_typing=False):
            self.pane.view.focus_last()

    def action_next_mode(self) -> None:
        current = self.session.conversation.status.permission_mode
        index = MODES.index(current) if current in MODES else -1
        self._change_settings(permissionMode=MODES[(index + 1) % len(MODES)])

    def action_page(self, step: int) -> None:
        panel = self.prompt_area.requests.panel
        if panel is None or not panel.has_focus_within or not panel.scroll_text(step):
            self.pane.scroll_page(step)

    def action_to_end(self) -> None:
        self.pane.view.to_end()

    def action_to_top(self) -> None:
        self.pane.view.action_to_top()

    @on(PromptEditor.HelpRequested)
    def action_help(self) -> None:
        self.run_command("/help")

    def action_palette(self) -> None:
        if self.app.screen is self:
            self.run_worker(show_palette(self._command_context()), group="pick")

    def action_sessions(self) -> None:
        self.run_command("/resume")

    def action_send(self) -> None:
        # Sent by the editor itself: Textual stops a message whose sender is the editor's parent.
        self.editor.call_later(self.editor.send)

    def action_mention(self) -> None:
        self.prompt_area.type("@")
