"""The screen's frame: which widgets there are, what the screen holds, how it fits a size."""

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.dom import DOMNode
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from api.schema import Attachment
from tui.browser_bridge import BrowserBridge
from tui.client import Client
from tui.client.responses import Health
from tui.identity import UNASSIGNED, Identity
from tui.model import Change, Conversation
from tui.model.prompt_history import PromptHistory
from tui.open_sessions import OpenSessions
from tui.screens.chat.chrome_presenter import ChromePresenter
from tui.screens.chat.completion_source import CompletionSource
from tui.session_controller import SessionController
from tui.settings import Settings
from tui.text.sanitize import visible
from tui.user_state import UserState
from tui.widgets.activity import Activity
from tui.widgets.attachments import Attachments
from tui.widgets.completions import CompletionList
from tui.widgets.conversation_view import ConversationView
from tui.widgets.jump_to_end import JumpToEnd
from tui.widgets.prompt_editor import PromptEditor
from tui.widgets.queue_list import QueueList
from tui.widgets.requests import RequestDock
from tui.widgets.status_line import StatusLine
from tui.widgets.tab_bar import TabBar
from tui.widgets.todo_list import TodoList
from tui.widgets.welcome import Welcome


class ChatFrame(Screen[None]):
    """What the layers above it act on."""

    def __init__(self, settings: Settings, bridge: BrowserBridge) -> None:
        super().__init__()
        self.settings = settings
        self.bridge = bridge
        self.completions = CompletionList()
        self.editor = PromptEditor(self.completions)
        self.outlook = ChromePresenter(self)
        self.view = ConversationView(Conversation(""))
        """The conversation on the screen; it is always a mounted one."""
        self.attachments: list[Attachment] = []
        self.health = Health(demo=settings.demo)
        self._be(UNASSIGNED)

    def _be(self, identity: Identity) -> None:
        self.identity = identity
        self.user_state = UserState(self.settings.state_dir, identity.user)
        self.client = Client(self.settings.socket, identity.user, request_id=identity.request_id)
        self.open_sessions = OpenSessions(self.client, on_changes=self.heard, on_connection=self.connected)
        self.completing = CompletionSource(self.client)

    @property
    def is_claimed(self) -> bool:
        """Somebody sits before it."""
        return self.identity is not UNASSIGNED

    def take(self, identity: Identity) -> None:
        """Is this person's from now on; all of the screen stands already."""
        self._be(identity)
        self.editor.history_of_prompts = PromptHistory(self.user_state.read("history", []))
        if identity.notice:
            notice = self.query_one("#door-notice", Static)
            notice.update(visible(identity.notice))
            notice.display = True
        self.editor.focus()

    @property
    def session(self) -> SessionController:
        """The conversation on the screen."""
        return self.open_sessions.active

    def update_node_styles(self, animate: bool = True) -> None:
        """Leaves the conversation's items alone: nothing about the screen changes their styles."""
        nodes: list[DOMNode] = [self]
        for node in nodes:
            if not isinstance(node, ConversationView):
                nodes.extend(node.children)
        self.app.stylesheet.update_nodes(nodes, animate=animate)

    def compose(self) -> ComposeResult:
        yield TabBar()
        notice = Static(id="door-notice", markup=False)
        notice.display = False
        yield notice
        with Horizontal(id="middle"):
            with Vertical(id="column"):
                with Container(id="conversation"):
                    welcome = Welcome()
                    welcome.display = False
                    yield welcome
                    yield self.view
                    yield JumpToEnd()
                with Vertical(id="bottom"):
                    yield from self._compose_bottom()
            yield TodoList(id="todos-beside")

    def _compose_bottom(self) -> ComposeResult:
        yield TodoList()
        yield Activity()
        yield QueueList()
        yield Attachments()
        yield RequestDock()
        yield self.completions
        with Horizontal(id="prompt-box"):
            yield Static("❯", id="prompt-sign", markup=False)
            yield self.editor
        yield StatusLine()

    def on_resize(self, event: Resize) -> None:
        bottom = self.query_one("#bottom")
        bottom.set_class(event.size.height < 16, "-flat")
        bottom.set_class(event.size.height < 32, "-short")
        if (panel := self.query_one(RequestDock).panel) is not None:
            panel.fit(event.size.height)
        if self.open_sessions.all:
            self.outlook.todos()
            self.outlook.activity()
            self.outlook.hints()

    def say(self, text: str, level: str = "info") -> None:
        """Adds a line of the app's own to the conversation."""
        self.view.apply([self.session.conversation.notice(text, level)])
        self.outlook.welcome()

    def command(self, text: str) -> bool:
        """Does what the text commands; False when it is a prompt for Claude."""
        raise NotImplementedError

    def heard(self, session: SessionController, changes: tuple[Change, ...]) -> None:
        """Something happened in a session."""
        raise NotImplementedError

    def connected(self, session: SessionController) -> None:
        """A session's connection was lost, or made again."""
        raise NotImplementedError
