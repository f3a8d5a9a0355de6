"""What stands around the conversation, brought up to date after each change."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.widgets import Input

from tui.model import Added, Change, Ended
from tui.screens.first_facts import first_facts
from tui.talk import Talk
from tui.text.hints import Hint, hint_line
from tui.text.safe import one_line
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
    from tui.browser import PageState
    from tui.screens.chat.frame import ChatFrame

TYPING_SECONDS = 1.0
SHORT = 32
"""Rows under which an open request needs all the room there is."""
WIDE = 140
"""Columns from which the todos stand beside the conversation."""


class Outlook:
    """Knows which widget shows what of the talk on the screen."""

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

    def after(self, talk: Talk, touched: Iterable[str], changes: tuple[Change, ...]) -> None:
        """What these changes touched."""
        self._call(talk, changes)
        self.tabs()
        if talk is not self._screen.talk:
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
        talk = screen.talk
        around = Around(
            user=screen.claim.user,
            workspace=str(screen.settings.workspace),
            is_demo=screen.health.demo,
            lost_for=talk.lost_for,
        )
        screen.query_one(StatusLine).show(talk.conversation.status, around)
        self._page()

    def requests(self) -> None:
        screen = self._screen
        dock, editor = screen.query_one(RequestDock), screen.editor
        now = screen.app._loop.time() if screen.app._loop else 0.0
        dock.show(
            list(screen.talk.conversation.requests.values()),
            may_focus=not editor.text,
            is_typing=now - editor.typed_at < TYPING_SECONDS,
        )
        screen.query_one("#bottom").set_class(dock.panel is not None, "-asked")
        if dock.panel is None and screen.focused is None:
            editor.focus()
        self.hints()
        self._page()

    def queue(self) -> None:
        talk = self._screen.talk
        queued = list(talk.conversation.queue.values())
        listed = self._screen.query_one(QueueList)
        listed.show(queued, talk.outbox)
        listed.set_class(talk.conversation.running is None, "-alone")
        self._screen.editor.has_queue = bool(queued)

    def attachments(self) -> None:
        self._screen.query_one(Attachments).show(self._screen.attachments)

    def todos(self) -> None:
        screen = self._screen
        width, height = screen.size
        is_asked = bool(screen.talk.conversation.requests)
        is_wide = width >= WIDE
        above = 1 if height < 30 or is_asked else 6
        above = 0 if height < SHORT and is_asked else above
        todos = screen.talk.conversation.todos
        screen.query_one("#todos", TodoList).show(todos, room=0 if is_wide else above)
        screen.query_one("#todos-beside", TodoList).show(todos, room=height - 4 if is_wide else 0)

    def activity(self) -> None:
        talk = self._screen.talk
        activity = self._screen.query_one(Activity)
        activity.show(talk.conversation, is_interrupting=talk.is_interrupting)
        if talk.conversation.requests and self._screen.size.height < SHORT:
            activity.display = False  # the request says it, and needs the room

    def welcome(self) -> None:
        screen = self._screen
        is_empty = not screen.talk.conversation.items and screen.talk.is_new
        screen.query_one("#talk").set_class(is_empty, "-empty")
        welcome = screen.query_one(Welcome)
        welcome.display = is_empty
        welcome.show(first_facts(screen.talk.conversation.status, screen.settings, screen.health))
        screen.view.display = not is_empty

    def tabs(self) -> None:
        self._screen.query_one(TabBar).show(self._screen.talks.tabs())
        self._page()

    def _page(self) -> None:
        talk = self._screen.talk
        state: PageState = "idle"
        if talk.lost_for is not None:
            state = "offline"
        elif any(other.conversation.requests for other in self._screen.talks.all):
            state = "needs_you"
        elif talk.conversation.running is not None:
            state = "working"
        self._screen.page.state(state, one_line(talk.conversation.title))

    def _call(self, talk: Talk, changes: tuple[Change, ...]) -> None:
        """Tells a person who looks elsewhere that they are needed."""
        title = one_line(talk.conversation.title)
        for change in changes:
            if isinstance(change, Added) and isinstance(change.item, Ended) and change.item.duration_ms > 5000:
                self._screen.page.notify("Claude is done", title)
        for request in talk.fresh_requests():
            self._screen.page.notify("Claude needs you", f"{one_line(request.title)} · {title}")
