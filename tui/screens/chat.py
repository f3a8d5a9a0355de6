"""The main screen: one conversation, and everything around it."""

import asyncio

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal, Vertical
from textual.dom import DOMNode
from textual.events import Key, Resize
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from api.schema import Attachment
from tui.browser import Page
from tui.claim import Claim
from tui.client import Client
from tui.client.records import Health
from tui.commands import run_command
from tui.errors import NotReachableError, RefusedError, TuiError
from tui.memory import Memory
from tui.model import Added, Change, Reset, Touched
from tui.model.history import History
from tui.model.trouble import sentence
from tui.screens.completing import Completing
from tui.screens.outlook import Outlook
from tui.settings import Settings
from tui.talk import Talk
from tui.talks import Talks
from tui.text.safe import visible
from tui.widgets.activity import Activity
from tui.widgets.attachments import Attachments
from tui.widgets.choices import Choices
from tui.widgets.completions import Completions
from tui.widgets.conversation_view import WINDOW, ConversationView
from tui.widgets.items.base import ItemView
from tui.widgets.items.ended import EndedView
from tui.widgets.pill import Pill
from tui.widgets.prompt_editor import PromptEditor
from tui.widgets.queue_list import QueueList
from tui.widgets.requests import RequestDock, RequestPanel
from tui.widgets.status_line import StatusLine
from tui.widgets.tab_bar import TabBar
from tui.widgets.todo_list import TodoList
from tui.widgets.welcome import Welcome

BEAT = 0.25
"""Seconds between two ticks while a turn runs; none tick while nothing runs."""
MODES = ("default", "acceptEdits", "plan")


class ChatScreen(Screen[None]):
    """Turns what widgets say into commands, and what the talks say into what widgets show."""

    AUTO_FOCUS = "#prompt"
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
        Binding("f1", "help", "Help"),
    ]

    def __init__(self, settings: Settings, claim: Claim, page: Page) -> None:
        super().__init__()
        self.settings = settings
        self.page = page
        self.claim = claim
        self.memory = Memory(settings.state_dir, claim.user)
        self.client = Client(settings.socket, claim.user)
        self.talks = Talks(self.client, on_changes=self._heard, on_connection=self._connection)
        self.completions = Completions()
        self.editor = PromptEditor(self.completions, History(self.memory.read("history", [])))
        self.completing = Completing(self.client)
        self.outlook = Outlook(self)
        self._beat: Timer | None = None
        self._escaped_at = 0.0
        self.attachments: list[Attachment] = []
        self.health = Health(demo=settings.demo)

    @property
    def talk(self) -> Talk:
        """The conversation on the screen."""
        return self.talks.active

    @property
    def view(self) -> ConversationView:
        return self.query_one(ConversationView)

    def update_node_styles(self, animate: bool = True) -> None:
        """Leaves the conversation's items alone: nothing about the screen changes their styles."""
        nodes: list[DOMNode] = [self]
        for node in nodes:
            if not isinstance(node, ConversationView):
                nodes.extend(node.children)
        self.app.stylesheet.update_nodes(nodes, animate=animate)

    def compose(self) -> ComposeResult:
        yield TabBar()
        if self.claim.notice:
            yield Static(visible(self.claim.notice), id="door-notice", markup=False)
        with Horizontal(id="middle"):
            with Vertical(id="column"):
                with Container(id="talk"):
                    yield Pill()
                with Vertical(id="bottom"):
                    yield from self._compose_bottom()
            yield TodoList(id="todos-beside")

    def _compose_bottom(self) -> ComposeResult:
        yield TodoList()
        yield QueueList()
        yield Attachments()
        yield Activity()
        yield RequestDock()
        yield self.completions
        with Horizontal(id="prompt-box"):
            yield Static("❯", id="prompt-sign", markup=False)
            yield self.editor
        yield StatusLine()

    def on_mount(self) -> None:
        self.talks.new(self.claim.session_id)
        self.editor.put(self._draft())
        self._open_talk()

    async def on_unmount(self) -> None:
        await self.talks.close()
        await self.client.wire.close()

    def on_resize(self, event: Resize) -> None:
        bottom = self.query_one("#bottom")
        bottom.set_class(event.size.height < 16, "-flat")
        bottom.set_class(event.size.height < 32, "-short")
        if (panel := self.query_one(RequestDock).panel) is not None:
            panel.fit(event.size.height)
        if self.talks.all:
            self.outlook.todos()

    # The talk on the screen

    @work(exclusive=True, group="open")
    async def _open_talk(self) -> None:
        await self._show_talk()
        while not await self._reach():  # noqa: ASYNC110  # another process' coming
            await asyncio.sleep(1.0)
        self.outlook.all()

    async def _reach(self) -> bool:
        """Opens the talk on the screen; False while the server does not answer."""
        talk = self.talk
        try:
            self.health = await self.client.health()
            await talk.open()
        except RefusedError as error:
            self.say(str(error), "error")
        except NotReachableError:
            talk.lost_for = 1.0
            self.outlook.all()
            return False
        talk.lost_for = None
        return True

    async def _show_talk(self) -> None:
        place = self.query_one("#talk")
        with self.app.batch_update():
            await place.query("Welcome, ConversationView").remove()
            welcome, view = Welcome(), ConversationView(self.talk.conversation)
            await place.mount(welcome, view)
            await view.open()
        self.editor.put(self.talk.draft or self.editor.text)
        self.outlook.all()

    def _heard(self, talk: Talk, changes: tuple[Change, ...]) -> None:
        if not self.is_mounted:
            return
        self.talks.heard(talk)
        if talk is self.talk:
            added = sum(isinstance(change, Added) for change in changes)
            if added > WINDOW or any(isinstance(change, Reset) for change in changes):
                self.run_worker(self.view.open(), group="view", exclusive=True)
            else:
                self.view.apply(changes)
        touched = {change.part for change in changes if isinstance(change, Touched)}
        self.outlook.after(talk, touched, changes)
        self._keep_beating()

    def _connection(self, talk: Talk) -> None:
        if self.is_mounted and talk is self.talk:
            if talk.gone:
                self.say(talk.gone, "error")
            self.outlook.status()

    def _keep_beating(self) -> None:
        is_busy = self.talk.conversation.running is not None
        if is_busy and self._beat is None:
            self._beat = self.set_interval(BEAT, self._tick)
        elif not is_busy and self._beat is not None:
            self._beat.stop()
            self._beat = None

    def _tick(self) -> None:
        self.view.tick()
        self.query_one(Activity).tick()

    def say(self, text: str, level: str = "info") -> None:
        """Adds a line of the app's own to the conversation."""
        self.view.apply([self.talk.conversation.notice(text, level)])
        self.outlook.welcome()

    def on_key(self, event: Key) -> None:
        """Letters that no item of the conversation knows are meant for the prompt."""
        is_item = isinstance(self.focused, ItemView)
        if is_item and event.is_printable and event.character and event.key not in self.active_bindings:
            self.editor.focus()
            self.editor.insert(event.character)
            event.stop()

    def on_descendant_focus(self) -> None:
        self.outlook.hints()

    # The prompt

    @on(PromptEditor.Sent)
    def _sent(self, message: PromptEditor.Sent) -> None:
        self.memory.write("history", self.editor.history_of_prompts.prompts)
        self._keep_draft("")
        self.view.to_end()
        if not run_command(self, message.text):
            self.send(message.text)

    @work(group="send")
    async def send(self, text: str, attachments: tuple[Attachment, ...] | None = None) -> None:
        """Sends a prompt; what could not be sent stands in the editor again."""
        talk = self.talk
        given = tuple(self.attachments) if attachments is None else attachments
        self.attachments.clear()
        self.outlook.attachments()
        outcome = await talk.send(text, given)
        if outcome.error is not None:
            self.attachments.extend(given)
            self.outlook.attachments()
            if not self.editor.text:
                self.editor.put(text)
            self.say(sentence(outcome.error, "Your prompt is in the editor again."), "error")
            return
        self.page.session(talk.session_id)
        self.outlook.all()

    @on(PromptEditor.Asked)
    def _asked(self, message: PromptEditor.Asked) -> None:
        self.talk.draft = self.editor.text
        self._keep_draft(self.editor.text)
        self._complete(message)

    @work(exclusive=True, group="complete")
    async def _complete(self, message: PromptEditor.Asked) -> None:
        async for choices in self.completing.choices(message.wanted):
            self.completions.show(choices)

    @on(Completions.Chosen)
    def _completion_clicked(self, message: Completions.Chosen) -> None:
        self.editor.complete(message.choice)
        self.editor.focus()

    @on(PromptEditor.Tabbed)
    def _tabbed(self) -> None:
        panel = self.query_one(RequestDock).panel
        if panel is not None:
            panel.arm(is_typing=False)
        else:
            self.view.focus_last()

    @on(ConversationView.Left)
    def _back_to_prompt(self) -> None:
        self.editor.focus()

    @on(PromptEditor.QueueAsked)
    def _last_queued(self) -> None:
        queued = list(self.talk.conversation.queue.values())
        if queued:
            self.take_back(queued[-1].turn_id or "", queued[-1].prompt)

    @on(QueueList.TakeBack)
    def _queued_clicked(self, message: QueueList.TakeBack) -> None:
        self.take_back(message.queued.turn_id or "", message.queued.prompt)

    @work(group="send")
    async def take_back(self, turn_id: str, prompt: str) -> None:
        """Moves a queued prompt into the editor, in front of what stands there."""
        try:
            await self.client.withdraw(self.talk.session_id, turn_id)
        except TuiError as error:
            self.say(str(error), "warning")
            return
        self.editor.put("\n".join(part for part in (prompt, self.editor.text) if part))
        self.editor.focus()

    def _draft(self) -> str:
        drafts = self.memory.read("drafts", {})
        return str(drafts.get(self.claim.session_id or "new", ""))

    def _keep_draft(self, text: str) -> None:
        self.page.draft(text)
        self._save_draft(text)

    @work(exclusive=True, group="draft")
    async def _save_draft(self, text: str) -> None:
        await asyncio.sleep(0.4)
        drafts = self.memory.read("drafts", {})
        name = "new" if self.talk.is_new else self.talk.session_id
        drafts.pop(name, None)
        if text:
            drafts[name] = text
        self.memory.write("drafts", dict(list(drafts.items())[-50:]))

    # Requests

    @on(RequestPanel.Answered)
    async def _answered(self, message: RequestPanel.Answered) -> None:
        self.editor.focus()
        self._answer(message)

    @work(group="send")
    async def _answer(self, message: RequestPanel.Answered) -> None:
        talk = self.talk
        try:
            await talk.answer(message.request.id, message.answer)
            if message.mode is not None and message.answer.decision == "allow":
                await talk.change(permissionMode=message.mode)
        except TuiError as error:
            self.say(f"{error} The request is still open.", "error")

    @on(Choices.Typed)
    def _typed_too_early(self, message: Choices.Typed) -> None:
        self.editor.focus()
        self.editor.insert(message.character)

    # Keys

    def action_interrupt(self) -> None:
        panel = self.query_one(RequestDock).panel
        if panel is not None and panel.is_saying:
            panel.close_line()
        elif self.talk.conversation.running is not None:
            self._interrupt()
        elif self.focused is not self.editor:
            self.editor.focus()
        else:
            self._escape_twice()

    def _escape_twice(self) -> None:
        from time import monotonic

        now = monotonic()
        if now - self._escaped_at < 1.0:
            self._escaped_at = 0.0
            if self.editor.text:
                self.editor.history_of_prompts.add(self.editor.text)
                self.editor.put("")
            else:
                run_command(self, "/rewind")
        else:
            self._escaped_at = now

    @work(group="send")
    async def _interrupt(self) -> None:
        try:
            await self.talk.interrupt()
        except TuiError as error:
            self.say(str(error), "error")

    def action_next_mode(self) -> None:
        current = self.talk.conversation.status.permission_mode
        index = MODES.index(current) if current in MODES else -1
        self.change(permissionMode=MODES[(index + 1) % len(MODES)])

    @work(group="send")
    async def change(self, **changes: str) -> None:
        """Changes the session's model, mode, effort or title."""
        try:
            await self.talk.change(**changes)
        except TuiError as error:
            self.say(str(error), "error")

    def action_page(self, step: int) -> None:
        if step < 0:
            self.view.release_anchor()
        self.view.scroll_relative(y=step * max(self.view.size.height - 2, 1), animate=False)

    def action_to_end(self) -> None:
        self.view.to_end()

    def action_to_top(self) -> None:
        self.view.action_to_top()

    def action_help(self) -> None:
        run_command(self, "/help")

    @on(PromptEditor.HelpAsked)
    def _help_asked(self) -> None:
        self.action_help()

    def action_sessions(self) -> None:
        run_command(self, "/resume")

    def action_new(self) -> None:
        self.open_session(None)

    def open_session(self, session_id: str | None) -> None:
        """Shows a session in a tab of its own; None starts a new one."""
        self.talks.new(session_id)
        self._open_talk()

    async def action_close_tab(self) -> None:
        await self.talks.close_active()
        self._open_talk()

    def action_step_tab(self, step: int) -> None:
        self.talks.step(step)
        self._open_talk()

    @on(TabBar.Chosen)
    def _tab_chosen(self, message: TabBar.Chosen) -> None:
        if message.number < 0:
            self.action_new()
        else:
            self.talks.go(message.number)
            self._open_talk()

    # Small words between widgets

    @on(Pill.Pressed)
    def _pill_pressed(self) -> None:
        self.view.to_end()
        self.editor.focus()

    @on(ConversationView.Behind)
    def _behind(self, message: ConversationView.Behind) -> None:
        self.query_one(Pill).show(message.is_behind, message.count)

    @on(ItemView.Copied)
    def _copied(self, message: ItemView.Copied) -> None:
        self.app.copy_to_clipboard(message.text)
        self.notify(message.what.capitalize(), timeout=1.5)

    @on(EndedView.RetryAsked)
    def _retry(self, message: EndedView.RetryAsked) -> None:
        if message.ended.prompt:
            self.editor.focus()
            self.send(message.ended.prompt, message.ended.attachments)

    @on(Attachments.Removed)
    def _detached(self, message: Attachments.Removed) -> None:
        self.attachments.remove(message.attachment)
        self.outlook.attachments()

    @on(Welcome.Tried)
    def _tried(self, message: Welcome.Tried) -> None:
        self.editor.put(message.prompt)
        self.editor.focus()
