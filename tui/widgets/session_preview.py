"""The last messages of a session. Preview: `python -m tui.widgets.session_preview`."""

from collections.abc import Sequence

from textual.content import Content

from api.schema import Message, SessionInfo, TextBlock, ToolUseBlock
from tui.text.markdown import Document
from tui.text.markdown.blocks import EMPTY, indent
from tui.text.sanitize import one_line, safe_content
from tui.widgets.lines import Lines
from tui.widgets.session_list import example


class SessionPreview(Lines):
    """Shows the facts about a session, then its last messages."""

    def __init__(self) -> None:
        super().__init__()
        self._session: SessionInfo | None = None
        self._messages: Sequence[Message] = ()

    def show(self, session: SessionInfo | None, messages: Sequence[Message]) -> None:
        """Shows a session with its messages, or nothing if it is None."""
        self._session, self._messages = session, messages
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        session = self._session
        if session is None:
            return []
        turns = f"{session.num_turns} turn{'s' * (session.num_turns != 1)}"
        facts = f"{session.model or 'default model'} · {turns} · {session.state}"
        lines = [
            *safe_content(session.title or "Untitled", "bold").wrap(width),
            *Content.styled(facts, "$muted").wrap(width),
        ]
        for message in self._messages[-12:]:
            lines += [EMPTY, *self._message(message, width)] if _has_content(message) else []
        return lines

    def _message(self, message: Message, width: int) -> list[Content]:
        text = "\n".join(block.text for block in message.content if isinstance(block, TextBlock))[:2000]
        if message.role == "user":
            bar = Content.styled("▎ ", "$primary")
            return indent(safe_content(text).wrap(max(width - 2, 1))[:6], bar, bar)
        lines = Document(text).lines(width)[:12] if text else []
        calls = [block for block in message.content if isinstance(block, ToolUseBlock)]
        return lines + [Content.styled(f"✓ {one_line(call.name)}", "$muted") for call in calls]


def _has_content(message: Message) -> bool:
    return any(isinstance(block, TextBlock | ToolUseBlock) for block in message.content)


def showcase() -> list[SessionPreview]:
    """A question and an answer."""
    preview = SessionPreview()
    question = Message(id="1", role="user", content=(TextBlock(text="What is a monad?"),))
    answer = Message(id="2", role="assistant", content=(TextBlock(text="A **monoid** in some category."),))
    preview.show(example("a", "Category theory", "idle"), (question, answer))
    return [preview]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
