"""The prompt: sent, completed, queued, taken back, kept as a draft."""

from textual import on, work
from textual.timer import Timer

from api.schema import Attachment
from tui.errors import TuiError, describe_error
from tui.model.prompt_history import joined
from tui.screens.chat.talking import Talking
from tui.session_controller import SessionController
from tui.widgets.attachments import Attachments
from tui.widgets.completions import CompletionList
from tui.widgets.conversation_view import ConversationView
from tui.widgets.items.turn_summary import TurnSummaryView
from tui.widgets.prompt_editor import PromptEditor
from tui.widgets.queue_list import QueueList
from tui.widgets.requests import RequestDock
from tui.widgets.welcome import Welcome

DRAFTS = 50
"""Sessions whose drafts are kept."""
SAVE_AFTER = 0.4
"""Seconds after the last key."""


class Prompting(Talking):
    """Nothing typed is ever lost: what could not be sent stands in the editor again."""

    @on(PromptEditor.Sent)
    def _sent(self, message: PromptEditor.Sent) -> None:
        self._remember(self.editor.history_of_prompts.take_fresh())
        self._keep_draft("")
        self.view.to_end()
        if not self.command(message.text):
            self.send(message.text)
        panel = self.query_one(RequestDock).panel
        if panel is not None:  # nothing is typed any more, so the request may have the keys
            panel.arm(is_typing=True)

    @work(group="send")
    async def send(self, text: str, attachments: tuple[Attachment, ...] | None = None) -> None:
        """Sends a prompt; what could not be sent stands in the editor again."""
        session = self.session
        given = tuple(self.attachments) if attachments is None else attachments
        self.attachments.clear()
        self.outlook.attachments()
        outcome = await session.send(text, given)
        if outcome.error is not None:
            self._give_back(session, text, given, outcome.error)
            return
        self.bridge.session(session.session_id)
        self.outlook.all()

    def _give_back(self, session: SessionController, text: str, given: tuple[Attachment, ...], error: TuiError) -> None:
        self.attachments.extend(given)
        self.outlook.attachments()
        if session is not self.session:
            session.draft = session.draft or text
        elif not self.editor.text:
            self.editor.put(text)
        self.say(describe_error(error, "Your prompt is in the editor again."), "error")

    _saving: Timer | None = None
    _unsaved: tuple[str, str] | None = None
    """The session whose draft the timer will save, and the draft."""

    @on(PromptEditor.Asked)
    def _asked(self, message: PromptEditor.Asked) -> None:
        self.session.draft = self.editor.text
        self._keep_draft(self.editor.text)
        if message.wanted is not None or self.completions.display:
            self._complete(message)
        else:
            self.workers.cancel_group(self, "complete")

    @work(exclusive=True, group="complete")
    async def _complete(self, message: PromptEditor.Asked) -> None:
        async for choices in self.completing.choices(message.wanted):
            self.completions.show(choices, message.wanted)

    @on(CompletionList.Chosen)
    def _completion_clicked(self, message: CompletionList.Chosen) -> None:
        self.editor.complete(message.choice)
        self.editor.focus()

    @on(PromptEditor.Tabbed)
    def action_answer(self) -> None:
        """To the open request; without one to the conversation."""
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
        queued = list(self.session.conversation.queue.values())
        if queued:
            self.take_back(queued[-1].turn_id or "", queued[-1].prompt)

    @on(QueueList.TakeBack)
    def _queued_clicked(self, message: QueueList.TakeBack) -> None:
        self.take_back(message.queued.turn_id or "", message.queued.prompt)

    @work(group="send")
    async def take_back(self, turn_id: str, prompt: str) -> None:
        """Moves a queued prompt into the editor, in front of what stands there."""
        try:
            await self.client.withdraw(self.session.session_id, turn_id)
        except TuiError as error:
            self.say(str(error), "warning")
            return
        self.editor.put("\n".join(part for part in (prompt, self.editor.text) if part))
        self.editor.focus()

    def _keep_draft(self, text: str) -> None:
        self.bridge.draft(text)
        if self._saving is not None:
            self._saving.stop()
        name = "new" if self.session.is_new else self.session.session_id
        if self._unsaved is not None and self._unsaved[0] != name:
            self._save_unsaved()
        self._unsaved = (name, text)
        self._saving = self.set_timer(SAVE_AFTER, self._save_unsaved)

    def _save_unsaved(self) -> None:
        if self._unsaved is not None:
            self._save_draft(*self._unsaved)
            self._unsaved = None

    @work(thread=True, group="draft")
    def _save_draft(self, name: str, text: str) -> None:
        """In a thread: a disk that is busy must not hold up the next key."""

        def changed(drafts: dict[str, str]) -> dict[str, str]:
            drafts.pop(name, None)
            if text:
                drafts[name] = text
            return dict(list(drafts.items())[-DRAFTS:])

        self.user_state.change("drafts", {}, changed)

    @work(thread=True, group="history")
    def _remember(self, prompts: list[str]) -> None:
        self.user_state.change("history", [], lambda kept: joined(kept, prompts))

    @on(TurnSummaryView.RetryAsked)
    def _retry(self, message: TurnSummaryView.RetryAsked) -> None:
        if message.ended.prompt:
            self.editor.focus()
            self.send(message.ended.prompt, message.ended.attachments)

    @on(Attachments.Removed)
    def _detached(self, message: Attachments.Removed) -> None:
        self.attachments.remove(message.attachment)
        self.outlook.attachments()

    @on(PromptEditor.DetachAsked)
    def _last_detached(self) -> None:
        if self.attachments:
            self.attachments.pop()
            self.outlook.attachments()

    @on(Welcome.Tried)
    def _tried(self, message: Welcome.Tried) -> None:
        self.editor.put(message.prompt)
        self.editor.focus()
