"""What stands around the conversation, brought up to date after each change."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.widgets import Input

from tui.model import Added, Change, TurnSummary
from tui.screens.chat.welcome_facts import welcome_facts
from tui.session_controller import SessionController
from tui.text.hints import Hint, hint_line
from tui.text.sanitize import one_line
from tui.widgets.activity import Activity
from tui.widgets.attachments import Attachments
from tui.widgets.choices import Choices
from tui.widgets.items import ItemView
from tui.widgets.queue_list import QueueList
from tui.widgets.requests import RequestDock
from tui.widgets.status_line import Around, StatusLine
from tui.widgets.tab_bar import TabBar
from tui.widgets.todo_list import TodoList
from tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from tui.browser_bridge import PageState
    from tui.screens.chat.frame import ChatFrame

TYPING_SECONDS = 1.0
SHORT = 32
"""Rows under which an open request needs all the room there is."""
WIDE = 140
"""Columns from which the todos stand beside the conversation."""


class ChromePresenter:
    """Knows which widget shows what of the session on the screen."""

    def __init__(self, screen: "ChatFrame") -> None:
        self._screen = screen

    def all(self) -> None:
        """Everything."""
        self.status()
        self.requests()
        self.queue()
        self.todos()
        self.activity()
        self.welcome()
        self.tabs()
        self.hints()

    def hints(self) -> None:
        """The keys of what has the focus, in the frame of the prompt."""
        screen = self._screen
        hints = self._hints()
        screen.query_one("#prompt-box").border_subtitle = hint_line(hints[-1:] if screen.size.width < 60 else hints)

    def _hints(self) -> tuple[Hint, ...]:
        screen = self._screen
        stop = Hint("esc", "stop", "screen.interrupt")
        match screen.focused:
            case ItemView() as item:
                return (*item.hints, Hint("↑↓", "walk"), Hint("esc", "back", "screen.interrupt"))
            case Input():
                return Hint("enter", "answer"), Hint("esc", "back", "screen.interrupt")
            case Choices():
                return Hint("↑↓ enter", "choose"), stop, Hint("f1", "help", "screen.help")
        send = Hint("enter", "send", "screen.send")
        if screen.query_one(RequestDock).panel is not None:
            return send, stop, Hint("tab", "answer the request", "screen.answer")
        ask = Hint("/", "commands", "screen.palette"), Hint("@", "files", "screen.mention")
        return send, *ask, Hint("?", "help", "screen.help")

    def after(self, session: SessionController, touched: Iterable[str], changes: tuple[Change, ...]) -> None:
        """What these changes touched."""
        self._call(session, changes)
        self.tabs()
        if session is not self._screen.session:
            return
        for part in touched:
            match part:
                case "status":
                    self.status()
                case "requests":
                    self.requests()
                    self.activity()
                    self.todos()
                case "queue":
                    self.queue()
                case "todos":
                    self.todos()
                case "turn":
                    self.activity()
                    self.queue()
                    self.status()
        if any(isinstance(change, Added) for change in changes):
            self.welcome()

    def status(self) -> None:
        screen = self._screen
        session = screen.session
        around = Around(
            user=screen.identity.user,
            workspace=str(screen.settings.workspace),
            is_demo=screen.health.demo,
            lost_for=session.lost_for,
        )
        screen.query_one(StatusLine).show(session.conversation.status, around)
        self._page()

    def requests(self) -> None:
        screen = self._screen
        dock, editor = screen.query_one(RequestDock), screen.editor
        now = screen.app._loop.time() if screen.app._loop else 0.0
        dock.show(
            list(screen.session.conversation.requests.values()),
            may_focus=not editor.text,
            is_typing=now - editor.typed_at < TYPING_SECONDS,
        )
        screen.query_one("#bottom").set_class(dock.panel is not None, "-asked")
        if dock.panel is None and screen.focused is None:
            editor.focus()
        self.hints()
        self._page()

    def queue(self) -> None:
        session = self._screen.session
        queued = list(session.conversation.queue.values())
        listed = self._screen.query_one(QueueList)
        listed.show(queued, session.outbox)
        listed.set_class(session.conversation.running is None, "-alone")
        self._screen.editor.has_queue = bool(queued)

    def attachments(self) -> None:
        self._screen.query_one(Attachments).show(self._screen.attachments)

    def todos(self) -> None:
        screen = self._screen
        width, height = screen.size
        is_asked = bool(screen.session.conversation.requests)
        is_wide = width >= WIDE
        above = 1 if height < 30 or is_asked else 6
        above = 0 if height < SHORT and is_asked else above
        todos = screen.session.conversation.todos
        screen.query_one("#todos", TodoList).show(todos, room=0 if is_wide else above)
        screen.query_one("#todos-beside", TodoList).show(todos, room=height - 4 if is_wide else 0)

    def activity(self) -> None:
        session = self._screen.session
        activity = self._screen.query_one(Activity)
        activity.show(session.conversation, is_interrupting=session.is_interrupting)
        if session.conversation.requests and self._screen.size.height < SHORT:
            activity.display = False  # the request says it, and needs the room

    def welcome(self) -> None:
        screen = self._screen
        is_empty = not screen.session.conversation.items and screen.session.is_new
        screen.query_one("#conversation").set_class(is_empty, "-empty")
        welcome = screen.query_one(Welcome)
        welcome.display = is_empty
        welcome.show(welcome_facts(screen.session.conversation.status, screen.settings, screen.health))
        screen.view.display = not is_empty

    def tabs(self) -> None:
        self._screen.query_one(TabBar).show(self._screen.open_sessions.tabs())
        self._page()

    def _page(self) -> None:
        session = self._screen.session
        state: PageState = "idle"
        if session.lost_for is not None:
            state = "offline"
        elif any(other.conversation.requests for other in self._screen.open_sessions.all):
            state = "needs_you"
        elif session.conversation.running is not None:
            state = "working"
        self._screen.bridge.state(state, one_line(session.conversation.title))

    def _call(self, session: SessionController, changes: tuple[Change, ...]) -> None:
        """Tells a person who looks elsewhere that they are needed."""
        title = one_line(session.conversation.title)
        for change in changes:
            if isinstance(change, Added) and isinstance(change.item, TurnSummary) and change.item.duration_ms > 5000:
                self._screen.bridge.notify("Claude is done", title)
        for request in session.fresh_requests():
            self._screen.bridge.notify("Claude needs you", f"{one_line(request.title)} · {title}")
