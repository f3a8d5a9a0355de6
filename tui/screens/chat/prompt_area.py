"""Everything below the conversation: prompt, completions, attachments, queue, requests, todos, activity, status."""

from collections.abc import Callable
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from api.schema import Attachment, TurnQueued
from tui.browser_bridge import BrowserBridge
from tui.errors import TuiError, describe_error
from tui.model.prompt_history import PromptHistory, merge_prompts
from tui.screens.chat.draft_store import NEW_SESSION, DraftStore
from tui.screens.chat.key_hints import key_hints
from tui.screens.chat.user_context import UserContext
from tui.session_controller import SessionController
from tui.text.hints import hint_line
from tui.widgets.activity import Activity
from tui.widgets.attachments import Attachments
from tui.widgets.choices import Choices
from tui.widgets.completions import CompletionList
from tui.widgets.prompt_editor import PromptEditor
from tui.widgets.queue_list import QueueList
from tui.widgets.requests import RequestDock, RequestPanel
from tui.widgets.status_line import StatusLine
from tui.widgets.todo_list import TodoList

SHORT_SCREEN_ROWS = 32
"""On screens with fewer rows, an open request hides the other parts."""
TYPING_SECONDS = 1.0
"""How long after a key in the prompt the user counts as typing."""


class PromptArea(Vertical):
    """Sends prompts and answers to the session on the screen, and interrupts it.

    A prompt that cannot be sent returns to the editor.
    """

    class PromptAccepted(Message):
        """The server has accepted a prompt."""

    class NoticeRequested(Message):
        """Asks for a notice of the app in the conversation."""

        def __init__(self, text: str, level: str) -> None:
            self.text = text
            self.level = level
            super().__init__()

    def __init__(self, bridge: BrowserBridge) -> None:
        super().__init__(id="bottom")
        self.completions = CompletionList()
        self.editor = PromptEditor(self.completions)
        self.requests = RequestDock()
        self.status = StatusLine()
        self.todos = TodoList()
        self._activity = Activity()
        self._attachments = Attachments()
        self._prompt_box = Horizontal(id="prompt-box")
        self._queue = QueueList()
        self._bridge = bridge
        self._user: UserContext | None = None
        self._drafts: DraftStore | None = None
        self._session: SessionController | None = None

    def compose(self) -> ComposeResult:
        yield self.todos
        yield self._activity
        yield self._queue
        yield self._attachments
        yield self.requests
        yield self.completions
        with self._prompt_box:
            yield Static("❯", id="prompt-sign", markup=False)
            yield self.editor
        yield self.status

    def fit(self, height: int) -> None:
        """Fits a screen of this many rows."""
        self.set_class(height < 16, "-flat")
        self.set_class(height < SHORT_SCREEN_ROWS, "-short")
        if self.requests.panel is not None:
            self.requests.panel.fit(height)

    def assign(self, user: UserContext) -> None:
        """Loads the prompt history and drafts of this user."""
        self._user = user
        self._drafts = DraftStore(user.state, start_timer=self.set_timer, run_in_thread=self._run_in_thread)
        self.editor.prompt_history = PromptHistory(user.state.read("history", []))
        self.editor.focus()

    def open(self, session: SessionController) -> None:
        """Switches to the draft of another session."""
        self._session = session
        self.editor.put(session.draft)

    def saved_draft(self, session_id: str | None) -> str:
        """The draft that was saved for a session, or for a new one if None."""
        # A page keeps the draft of its own tab; the one saved for a new session may be in another tab's prompt.
        unnamed = "" if self.app.is_web else NEW_SESSION
        return self._drafts.read(session_id or unnamed) if self._drafts else ""

    def show_requests(self, session: SessionController) -> None:
        now = self.app._loop.time() if self.app._loop else 0.0
        self.requests.show(
            list(session.conversation.requests.values()),
            may_focus=not self.editor.text,
            is_typing=now - self.editor.typed_at < TYPING_SECONDS,
        )
        self.set_class(self.requests.panel is not None, "-has-request")
        if self.requests.panel is None and self.screen.focused is None:
            self.editor.focus()

    def show_queue(self, session: SessionController) -> None:
        queued = list(session.conversation.queue.values())
        self._queue.show(queued, session.sending)
        self._queue.set_class(session.conversation.running is None, "-alone")
        self.editor.has_queue = bool(queued)

    def show_activity(self, session: SessionController) -> None:
        self._activity.show(session.conversation, is_interrupting=session.is_interrupting)
        if session.conversation.requests and self.screen.size.height < SHORT_SCREEN_ROWS:
            self._activity.display = False  # the request is more important, and needs the room

    def show_key_hints(self) -> None:
        """Shows the keys of the focused widget in the frame of the prompt."""
        has_request = self.requests.panel is not None
        hints = key_hints(self.screen.focused, has_request=has_request, width=self.screen.size.width)
        self._prompt_box.border_subtitle = hint_line(hints)

    def attach(self, paths: list[str]) -> None:
        """Attaches files of the workspace to the next prompt."""
        known = {file.path for file in self._attachments.files}
        fresh = (Attachment(path=path, name=Path(path).name) for path in paths if path not in known)
        self._attachments.files = (*self._attachments.files, *fresh)

    @work(group="send")
    async def send(self, text: str, attachments: tuple[Attachment, ...] | None = None) -> None:
        """Sends a prompt with these attachments, or with those that are attached if None."""
        session = self._session
        if session is None:
            return
        sent = self._attachments.files if attachments is None else attachments
        self._attachments.files = ()
        result = await session.send(text, sent)
        if result.error is None:
            self._bridge.set_session(session.session_id)
            self.post_message(self.PromptAccepted())
            return
        self._attachments.files = (*self._attachments.files, *sent)
        if session is not self._session:
            session.draft = session.draft or text
        elif not self.editor.text:
            self.editor.put(text)
        self.post_message(
            self.NoticeRequested(describe_error(result.error, "Your prompt is back in the editor."), "error")
        )

    def type(self, text: str) -> None:
        """Inserts text that was typed elsewhere but meant for the prompt."""
        self.editor.focus()
        self.editor.insert(text)

    @on(Choices.TypedEarly)
    def _typed_early(self, message: Choices.TypedEarly) -> None:
        self.type(message.character)

    @on(PromptEditor.Submitted)
    def _remember_prompt(self) -> None:
        self._save_history(self.editor.prompt_history.take_unsaved())
        self._save_draft("")

    @work(thread=True, group="history")
    def _save_history(self, prompts: list[str]) -> None:
        if self._user is not None:
            self._user.state.change("history", [], lambda saved: merge_prompts(saved, prompts))

    @on(PromptEditor.Edited)
    def _edited(self, message: PromptEditor.Edited) -> None:
        if self._session is not None:
            self._session.draft = self.editor.text
        self._save_draft(self.editor.text)
        if message.query is not None or self.completions.display:
            self._complete(message)
        else:
            self.workers.cancel_group(self, "complete")

    def _save_draft(self, text: str) -> None:
        self._bridge.keep_draft(text)
        if self._drafts is not None and self._session is not None:
            self._drafts.save_soon(NEW_SESSION if self._session.is_new else self._session.session_id, text)

    def _run_in_thread(self, function: Callable[[], None]) -> None:
        self.run_worker(function, thread=True, group="draft")

    @work(exclusive=True, group="complete")
    async def _complete(self, message: PromptEditor.Edited) -> None:
        if self._user is not None:
            async for completions in self._user.completions.find(message.query):
                self.completions.show(completions, message.query)

    @on(CompletionList.CompletionClicked)
    def _insert_completion(self, message: CompletionList.CompletionClicked) -> None:
        self.editor.complete(message.completion)
        self.editor.focus()

    @on(PromptEditor.QueuedPromptRequested)
    def _take_back_last(self) -> None:
        queued = list(self._session.conversation.queue.values()) if self._session else []
        if queued:
            self._take_back(queued[-1])

    @on(QueueList.PromptClicked)
    def _take_back_clicked(self, message: QueueList.PromptClicked) -> None:
        self._take_back(message.queued)

    @work(group="send")
    async def _take_back(self, queued: TurnQueued) -> None:
        """Moves a queued prompt into the editor, before the text that is there."""
        if self._user is None or self._session is None:
            return
        try:
            await self._user.client.withdraw(self._session.session_id, queued.turn_id or "")
        except TuiError as error:
            self.post_message(self.NoticeRequested(str(error), "warning"))
            return
        self.editor.put("\n".join(part for part in (queued.prompt, self.editor.text) if part))
        self.editor.focus()

    @on(Attachments.RemoveClicked)
    def _remove_attachment(self, message: Attachments.RemoveClicked) -> None:
        self._attachments.files = tuple(file for file in self._attachments.files if file is not message.attachment)

    @on(PromptEditor.DetachRequested)
    def _remove_last_attachment(self) -> None:
        self._attachments.files = self._attachments.files[:-1]

    @on(RequestPanel.Answered)
    def _answered(self, message: RequestPanel.Answered) -> None:
        self.editor.focus()
        self._answer(message)

    @work(group="send")
    async def _answer(self, message: RequestPanel.Answered) -> None:
        session = self._session
        if session is None:
            return
        try:
            await session.answer(message.request.id, message.answer)
            if message.mode is not None and message.answer.decision == "allow":
                await session.change_settings(permissionMode=message.mode)
        except TuiError as error:
            self.post_message(self.NoticeRequested(f"{error} The request is still open.", "error"))

    @work(group="send")
    async def interrupt(self) -> None:
        """Interrupts the running turn."""
        try:
            if self._session is not None:
                await self._session.interrupt()
        except TuiError as error:
            self.post_message(self.NoticeRequested(str(error), "error"))
