"""One turn: a prompt or a shell command, from the queue to its result."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from api.schema import Attachment, Event, MessageAdded, TextBlock, ToolFinished, ToolStarted
from api.storage.turns import TurnKind
from api.turns.result import TurnResult
from api.turns.shell import ShellResult

MAX_PROMPT_TITLE = 80


@dataclass(slots=True, kw_only=True, eq=False)
class Turn:
    """A turn that is queued, running or finished."""

    id: str
    prompt: str
    attachments: tuple[Attachment, ...] = ()
    kind: TurnKind = "prompt"
    is_autonomous: bool = False
    """Whether Claude Code began it without a prompt, when a background task ended."""
    origin: Literal["session", "query"] = "session"
    began: float = field(default_factory=time.monotonic)
    first_text: float | None = None
    """When the first text arrived, on the same clock as `began`."""
    was_sent: bool = False
    """Whether it was sent to Claude Code, which then has to be interrupted to stop it."""
    stopped: TurnResult | None = None
    """The result to report once it has stopped; None unless it is being stopped."""
    ended: asyncio.Future[TurnResult] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Set once the result is known."""
    finished: asyncio.Future[TurnResult] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Set once the result is stored and published."""
    on_finished: Callable[[], None] | None = None
    """Called when `finished` is set, before another turn can begin."""
    answers: dict[str, str] = field(default_factory=dict)
    """The texts of the answers in the main conversation, by message."""
    message_ids: set[str] = field(default_factory=set)
    """The ids of all whole messages."""
    ran_tools: bool = False
    shell: ShellResult | None = None
    """The output of a shell command."""
    retry_after: float | None = None
    """The last delay, in seconds, after which a request to Claude's API was repeated."""

    @property
    def is_over(self) -> bool:
        """Whether the result is stored and published."""
        return self.finished.done()

    def collect(self, event: Event) -> None:
        """Collects what the answer to a query needs from an event."""
        match event:
            case MessageAdded(message=message):
                self.message_ids.add(message.id)
                if message.parent_tool_use_id is None:
                    texts = [block.text for block in message.content if isinstance(block, TextBlock)]
                    self.answers[message.id] = "\n\n".join(texts)
            case ToolFinished(tool_use_id=call):
                self.message_ids.add(call)
            case ToolStarted():
                self.ran_tools = True

    def set_result(self, result: TurnResult) -> None:
        """Sets the result, unless it is set."""
        if not self.ended.done():
            self.ended.set_result(result)

    def mark_finished(self, result: TurnResult) -> None:
        """Marks the turn as finished, unless it is."""
        if not self.finished.done():
            self.finished.set_result(result)
            if self.on_finished:
                self.on_finished()


def title_of(prompt: str) -> str:
    """The title of a session that begins with this prompt: one short line."""
    line = " ".join(prompt.split())
    return line if len(line) <= MAX_PROMPT_TITLE else line[: MAX_PROMPT_TITLE - 1] + "…"
