"""Answers to requests, and the word that stops a turn."""

from textual import on, work

from tui.errors import TuiError
from tui.screens.chat.prompting import Prompting
from tui.widgets.choices import Choices
from tui.widgets.requests import RequestPanel


class Answering(Prompting):
    """What a person decides goes to the session at once."""

    @on(RequestPanel.Answered)
    async def _answered(self, message: RequestPanel.Answered) -> None:
        self.editor.focus()
        self._answer(message)

    @work(group="send")
    async def _answer(self, message: RequestPanel.Answered) -> None:
        session = self.session
        try:
            await session.answer(message.request.id, message.answer)
            if message.mode is not None and message.answer.decision == "allow":
                await session.change(permissionMode=message.mode)
        except TuiError as error:
            self.say(f"{error} The request is still open.", "error")

    @on(Choices.Typed)
    def _typed_too_early(self, message: Choices.Typed) -> None:
        self.editor.focus()
        self.editor.insert(message.character)

    @work(group="send")
    async def interrupt(self) -> None:
        try:
            await self.session.interrupt()
        except TuiError as error:
            self.say(str(error), "error")

    @work(group="send")
    async def change(self, **changes: str) -> None:
        """Changes the session's model, mode, effort or title."""
        try:
            await self.session.change(**changes)
        except TuiError as error:
            self.say(str(error), "error")
