"""The screen's frame: which widgets there are, what the screen holds, how it fits a size."""

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.dom import DOMNode
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from api.schema import Attachment
from tui.browser import Page
from tui.claim import UNCLAIMED, Claim
from tui.client import Client
from tui.client.records import Health
from tui.memory import Memory
from tui.model import Change, Conversation
from tui.model.history import History
from tui.screens.completing import Completing
from tui.screens.outlook import Outlook
from tui.settings import Settings
from tui.talk import Talk
from tui.talks import Talks
from tui.text.safe import visible
from tui.widgets.activity import Activity
from tui.widgets.attachments import Attachments
from tui.widgets.completions import Completions
from tui.widgets.conversation_view import ConversationView
from tui.widgets.pill import Pill
from tui.widgets.prompt_editor import PromptEditor
from tui.widgets.queue_list import QueueList
from tui.widgets.requests import RequestDock
from tui.widgets.status_line import StatusLine
from tui.widgets.tab_bar import TabBar
from tui.widgets.todo_list import TodoList
from tui.widgets.welcome import Welcome


class ChatFrame(Screen[None]):
    """What the layers above it act on."""

    def __init__(self, settings: Settings, page: Page) -> None:
        super().__init__()
        self.settings = settings
        self.page = page
        self.completions = Completions()
        self.editor = PromptEditor(self.completions)
        self.outlook = Outlook(self)
        self.view = ConversationView(Conversation(""))
        """The conversation on the screen; it is always a mounted one."""
        self.attachments: list[Attachment] = []
        self.health = Health(demo=settings.demo)
        self._be(UNCLAIMED)

    def _be(self, claim: Claim) -> None:
        self.claim = claim
        self.memory = Memory(self.settings.state_dir, claim.user)
        self.client = Client(self.settings.socket, claim.user, request_id=claim.request_id)
        self.talks = Talks(self.client, on_changes=self.heard, on_connection=self.connected)
        self.completing = Completing(self.client)

    @property
    def is_claimed(self) -> bool:
        """Somebody sits before it."""
        return self.claim is not UNCLAIMED

    def take(self, claim: Claim) -> None:
        """Is this person's from now on; all of the screen stands already."""
        self._be(claim)
        self.editor.history_of_prompts = History(self.memory.read("history", []))
        if claim.notice:
            notice = self.query_one("#door-notice", Static)
            notice.update(visible(claim.notice))
            notice.display = True
        self.editor.focus()

    @property
    def talk(self) -> Talk:
        """The conversation on the screen."""
        return self.talks.active

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
                with Container(id="talk"):
                    welcome = Welcome()
                    welcome.display = False
                    yield welcome
                    yield self.view
                    yield Pill()
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
        if self.talks.all:
            self.outlook.todos()
            self.outlook.activity()
            self.outlook.hints()

    def say(self, text: str, level: str = "info") -> None:
        """Adds a line of the app's own to the conversation."""
        self.view.apply([self.talk.conversation.notice(text, level)])
        self.outlook.welcome()

    def command(self, text: str) -> bool:
        """Does what the text commands; False when it is a prompt for Claude."""
        raise NotImplementedError

    def heard(self, talk: Talk, changes: tuple[Change, ...]) -> None:
        """Something happened in a talk."""
        raise NotImplementedError

    def connected(self, talk: Talk) -> None:
        """A talk's connection was lost, or made again."""
        raise NotImplementedError
