"""One prompt on its way through a session."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from api.schema import Attachment, Event, MessageAdded, TextBlock, ToolFinished, ToolStarted
from api.storage.turns import TurnKind
from api.turns.result import TurnResult
from api.turns.shell import ShellResult


@dataclass(slots=True, kw_only=True, eq=False)
class Turn:
    """A prompt that waits, runs or ended."""

    id: str
    prompt: str
    attachments: tuple[Attachment, ...] = ()
    kind: TurnKind = "prompt"
    is_own_idea: bool = False
    """Whether Claude Code began it by itself, when a background task of its ended."""
    ended: asyncio.Future[TurnResult] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Set once, by whoever learns first how it ended."""
    stopped: TurnResult | None = None
    """Set when somebody asked it to stop: what it then counts as."""
    origin: Literal["session", "query"] = "session"
    answers: dict[str, str] = field(default_factory=dict)
    """The texts of the main conversation's answers, by message."""
    message_ids: set[str] = field(default_factory=set)
    """Every whole message of the turn."""
    ran_tools: bool = False
    shell: ShellResult | None = None
    """What came of its command, if it was one."""
    retry_after: float | None = None
    """Seconds, when Claude's API asked for patience."""
    finished: asyncio.Future[TurnResult] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Set once the end is stored and told."""
    on_close: Callable[[], None] | None = None
    """Called then, before another turn can begin."""
    began: float = field(default_factory=time.monotonic)
    first_text: float | None = None
    """When the first text came, on the same clock as `began`."""

    def collect(self, event: Event) -> None:
        """Keeps what the answer of a query is made of."""
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

    @property
    def is_over(self) -> bool:
        """Whether its end is stored and told."""
        return self.finished.done()

    def end(self, outcome: TurnResult) -> None:
        """Says how it ended; only the first word counts."""
        if not self.ended.done():
            self.ended.set_result(outcome)

    def close(self, outcome: TurnResult) -> None:
        """Says that there is nothing more to come; only the first word counts."""
        if not self.finished.done():
            self.finished.set_result(outcome)
            if self.on_close:
                self.on_close()
