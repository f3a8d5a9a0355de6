"""Claude's texts and thoughts: streamed piece by piece, then replaced by whole messages."""

import re
from collections.abc import Callable, Iterable

from api.schema import (
    Message,
    MessageAdded,
    TextBlock,
    TextDelta,
    ThinkingBlock,
    ThinkingDelta,
    ToolResultBlock,
    ToolUseBlock,
)
from tui.model.changes import Added, Appended, Change, Changed
from tui.model.items import AssistantText, Item, NoticeItem, Thinking, ToolCall, UserPrompt
from tui.model.tool_calls import ToolCalls

_NEWS = re.compile(r"^<task-notification>.*?<summary>(.*?)</summary>", re.DOTALL)
"""What Claude Code tells the model of its background tasks, in the words of a person's prompt."""


class MessageAssembler:
    """Matches whole messages with what was streamed of them."""

    def __init__(self, add: Callable[[Item], Added], tools: ToolCalls, items: list[Item]) -> None:
        self._add = add
        self._tools = tools
        self._items = items
        self._open: dict[tuple[str, int, type], AssistantText | Thinking] = {}
        self._texts: dict[str, list[AssistantText | Thinking]] = {}
        self._known: set[str] = set()
        """Prompts."""
        self.seen: set[str] = set()
        """Every message of which anything came, by id."""
        self.first: str | None = None
        """The oldest one of the main conversation."""

    def clear(self) -> None:
        self._open.clear()
        self._texts.clear()
        self._known.clear()
        self.seen.clear()
        self.first = None

    def adopt(self, past: "MessageAssembler") -> None:
        """Knows from now on what the past knows."""
        self._known |= past._known
        self.seen |= past.seen
        self.first = past.first or self.first
        self._texts = past._texts | self._texts

    def text_grew(self, event: TextDelta) -> Iterable[Change]:
        yield from self._grew(event, AssistantText)

    def thinking_grew(self, event: ThinkingDelta) -> Iterable[Change]:
        yield from self._grew(event, Thinking)

    def _grew(self, event: TextDelta | ThinkingDelta, kind: type[AssistantText] | type[Thinking]) -> Iterable[Change]:
        where = (event.message_id, event.index, kind)
        item = self._open.get(where)
        if item is None:
            yield from self._close_siblings(event)
            item = self._new(kind, event.message_id, event.index, event.parent_tool_use_id, event.at)
            self._open[where] = item
            yield self._add(item)
        item.text += event.text
        yield Appended(item, event.text)

    def _close_siblings(self, event: TextDelta | ThinkingDelta) -> Iterable[Change]:
        for where, item in list(self._open.items()):
            if item.parent == event.parent_tool_use_id:
                del self._open[where]
                yield self._done(item, event.at)

    def added(self, event: MessageAdded) -> Iterable[Change]:
        yield from self.take(event.message, event.at)

    def take(self, message: Message, at: str | None) -> Iterable[Change]:
        """Folds in a whole message, of the stream or of the transcript."""
        self.seen.add(message.id)
        if self.first is None and message.parent_tool_use_id is None:
            self.first = message.id
        for index, block in enumerate(message.content):
            match block:
                case TextBlock(text=text) if message.role == "assistant":
                    yield from self._whole(message, index, AssistantText, text, at)
                case ThinkingBlock(thinking=text):
                    yield from self._whole(message, index, Thinking, text, at)
                case ToolUseBlock():
                    yield from self._call(block, message, at)
                case ToolResultBlock():
                    yield from self._tools.settle(block.tool_use_id, block.content, block.is_error, at)
                case _:
                    pass
        if message.role == "user" and not any(isinstance(block, ToolResultBlock) for block in message.content):
            yield from self._prompted(message)

    def close(self, at: str) -> Iterable[Change]:
        """Nothing more comes for the open texts."""
        opened, self._open = list(self._open.values()), {}
        for item in opened:
            yield self._done(item, at)

    @staticmethod
    def _done(item: AssistantText | Thinking, at: str) -> Changed:
        item.is_done = True
        if isinstance(item, Thinking):
            item.ended_at = at
        return Changed(item)

    def _whole(
        self, message: Message, index: int, kind: type[AssistantText] | type[Thinking], text: str, at: str | None
    ) -> Iterable[Change]:
        item = self._match(message, index, kind, text)
        is_new = item is None
        if item is None:
            if not text.strip():
                return
            item = self._new(kind, message.id, index, message.parent_tool_use_id, at)
        elif item.is_done and item.text == text:
            return
        self._open = {where: opened for where, opened in self._open.items() if opened is not item}
        item.text, item.is_done = text, True
        if isinstance(item, Thinking):
            item.ended_at = item.ended_at or at
        yield self._add(item) if is_new else Changed(item)

    def _match(
        self, message: Message, index: int, kind: type[AssistantText] | type[Thinking], text: str
    ) -> AssistantText | Thinking | None:
        """What is already there of this block. Live and from the transcript the same block may count differently."""
        found = [item for item in self._texts.get(message.id, ()) if isinstance(item, kind)]
        key = _key(kind, message.id, index)
        return (
            next((item for item in found if item.text == text), None)
            or next((item for item in found if not item.is_done and text.startswith(item.text[:20])), None)
            or next((item for item in found if item.key == key and text.startswith(item.text[:20])), None)
        )

    def _new(
        self,
        kind: type[AssistantText] | type[Thinking],
        message_id: str,
        index: int,
        parent: str | None,
        at: str | None,
    ) -> AssistantText | Thinking:
        texts = self._texts.setdefault(message_id, [])
        key = _key(kind, message_id, index)
        if any(item.key == key for item in texts):
            key = f"{key}-{len(texts)}"
        item: AssistantText | Thinking
        if kind is Thinking:
            item = Thinking(key=key, parent=parent, text="", message_id=message_id, began_at=at)
        else:
            item = AssistantText(key=key, parent=parent, text="", message_id=message_id)
        texts.append(item)
        return item

    def _call(self, block: ToolUseBlock, message: Message, at: str | None) -> Iterable[Change]:
        if self._tools.get(block.id) is None:
            yield self._tools.put(
                ToolCall(
                    key=block.id,
                    parent=message.parent_tool_use_id,
                    name=block.name,
                    input=block.input,
                    title="",
                    began_at=at,
                )
            )

    def _prompted(self, message: Message) -> Iterable[Change]:
        """A prompt of the transcript; one that was started under this id gets it."""
        if message.parent_tool_use_id is not None or message.id in self._known:
            return
        self._known.add(message.id)
        started = next((item for item in reversed(self._items) if _is_prompt(item, message.id)), None)
        if isinstance(started, UserPrompt):
            started.message_id = message.id
            return
        text = "\n".join(block.text for block in message.content if isinstance(block, TextBlock))
        if found := _NEWS.search(text):
            yield self._add(NoticeItem(key=f"notice-{message.id}", text=found[1].strip()))
        elif text.strip() or len(message.content) != 1:  # a turn that Claude began by itself has no words
            yield self._add(
                UserPrompt(key=f"prompt-{message.id}", text=text, message_id=message.id, turn_id=message.id)
            )


def _is_prompt(item: Item, turn_id: str) -> bool:
    return isinstance(item, UserPrompt) and item.turn_id == turn_id


def _key(kind: type, message_id: str, index: int) -> str:
    return f"{kind.__name__}-{message_id}-{index}"
