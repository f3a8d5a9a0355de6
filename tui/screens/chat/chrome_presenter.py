"""Keeps everything around the conversation up to date: tabs, todos, requests, queue, status, the page's title."""

from tui.browser_bridge import BrowserBridge, PageState
from tui.client.responses import Health
from tui.model import Added, Change, TurnSummary
from tui.model.changes import Updated
from tui.screens.chat.conversation_pane import ConversationPane
from tui.screens.chat.prompt_area import SHORT_SCREEN_ROWS, PromptArea
from tui.screens.chat.user_context import UserContext
from tui.screens.chat.welcome_facts import welcome_facts
from tui.session_controller import SessionController
from tui.settings import Settings
from tui.text.sanitize import one_line
from tui.widgets.status_line import Surroundings
from tui.widgets.tab_bar import TabBar
from tui.widgets.todo_list import TodoList

WIDE_SCREEN_COLUMNS = 140
"""Minimum width, in columns, for the panel of todos beside the conversation."""
LONG_TURN_MS = 5000
"""A turn that takes longer ends with a notification."""


class ChromePresenter:
    """Updates the widgets around the conversation from the user's sessions."""

    def __init__(
        self,
        *,
        settings: Settings,
        bridge: BrowserBridge,
        tab_bar: TabBar,
        pane: ConversationPane,
        prompt_area: PromptArea,
        todo_panel: TodoList,
    ) -> None:
        self.health = Health(demo=settings.demo)
        """The server's last answer."""
        self._settings = settings
        self._bridge = bridge
        self._tab_bar = tab_bar
        self._pane = pane
        self._prompt_area = prompt_area
        self._todo_panel = todo_panel

    def show_all(self, user: UserContext) -> None:
        """Shows everything about the user's active session."""
        session = user.sessions.active
        self.show_status(user)
        self._show_requests(user)
        self._prompt_area.show_queue(session)
        self.show_todos(session)
        self._prompt_area.show_activity(session)
        self.show_welcome(session)
        self.show_tabs(user)
        self._prompt_area.show_key_hints()

    def show_changes(self, user: UserContext, session: SessionController, changes: tuple[Change, ...]) -> None:
        """Shows what has changed in a session, which may be in the background."""
        self._notify(session, changes)
        self.show_tabs(user)
        if session is not user.sessions.active:
            return
        for part in {change.part for change in changes if isinstance(change, Updated)}:
            match part:
                case "status":
                    self.show_status(user)
                case "requests":
                    self._show_requests(user)
                    self._prompt_area.show_activity(session)
                    self.show_todos(session)
                case "queue":
                    self._prompt_area.show_queue(session)
                case "todos":
                    self.show_todos(session)
                case "turn":
                    self._prompt_area.show_activity(session)
                    self._prompt_area.show_queue(session)
                    self.show_status(user)
        if any(isinstance(change, Added) for change in changes):
            self.show_welcome(session)

    def show_size(self, session: SessionController) -> None:
        """Updates the parts that depend on the size of the screen."""
        self.show_todos(session)
        self._prompt_area.show_activity(session)
        self._prompt_area.show_key_hints()

    def show_status(self, user: UserContext) -> None:
        session = user.sessions.active
        status = self._prompt_area.status
        status.surroundings = Surroundings(
            user=user.identity.user,
            workspace=str(self._settings.workspace),
            is_demo=self.health.demo,
            lost_for=session.lost_for,
        )
        status.show(session.conversation.status)
        self._show_page_state(user)

    def _show_requests(self, user: UserContext) -> None:
        self._prompt_area.show_requests(user.sessions.active)
        self._prompt_area.show_key_hints()
        self._show_page_state(user)

    def show_todos(self, session: SessionController) -> None:
        """Shows the todos beside the conversation if there is room, otherwise above the prompt."""
        width, height = self._todo_panel.screen.size
        has_request = bool(session.conversation.requests)
        above = 1 if height < 30 or has_request else 6
        above = 0 if height < SHORT_SCREEN_ROWS and has_request else above
        is_wide = width >= WIDE_SCREEN_COLUMNS
        todos = session.conversation.todos
        self._prompt_area.todos.show(todos, room=0 if is_wide else above)
        self._todo_panel.show(todos, room=height - 4 if is_wide else 0)

    def show_welcome(self, session: SessionController) -> None:
        is_empty = not session.conversation.items and session.is_new
        facts = welcome_facts(session.conversation.status, self._settings, self.health)
        self._pane.show_welcome(facts, is_empty=is_empty)

    def show_tabs(self, user: UserContext) -> None:
        self._tab_bar.tabs = user.sessions.tabs()
        self._show_page_state(user)

    def _show_page_state(self, user: UserContext) -> None:
        session = user.sessions.active
        state: PageState = "idle"
        if session.lost_for is not None:
            state = "offline"
        elif any(other.conversation.requests for other in user.sessions.all):
            state = "needs_you"
        elif session.conversation.running is not None:
            state = "working"
        self._bridge.set_state(state, one_line(session.conversation.title))

    def _notify(self, session: SessionController, changes: tuple[Change, ...]) -> None:
        """Sends notifications about long turns and new requests."""
        title = one_line(session.conversation.title)
        for change in changes:
            match change:
                case Added(TurnSummary(duration_ms=duration_ms)) if duration_ms > LONG_TURN_MS:
                    self._bridge.notify("Claude is done", title)
        for request in session.take_unannounced_requests():
            self._bridge.notify("Claude needs you", f"{one_line(request.title)} · {title}")
