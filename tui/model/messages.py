"""Applies streamed fragments and complete messages, and matches the two."""

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

Text = AssistantText | Thinking
TextKind = type[AssistantText] | type[Thinking]

_TASK_NOTIFICATION = re.compile(r"^<task-notification>.*?<summary>(.*?)</summary>", re.DOTALL)
"""How Claude Code reports background tasks to the model: as a prompt."""
_MATCHING_START = 20
"""A complete text belongs to a streamed one that begins with the same characters, up to this many."""


class MessageAssembler:
    """Turns the messages of a conversation into items; each text becomes one item, streamed or not."""

    def __init__(self, add: Callable[[Item], Added], tools: ToolCalls, items: list[Item]) -> None:
        self._add = add
        self._tools = tools
        self._items = items
        self._streaming: dict[tuple[str, int, type], Text] = {}
        self._texts: dict[str, list[Text]] = {}
        """The texts of each message."""
        self._prompts: set[str] = set()
        """The ids of prompts that have an item."""
        self.seen: set[str] = set()
        """The ids of all messages applied so far."""
        self.first: str | None = None
        """The oldest message of the main conversation."""

    def clear(self) -> None:
        self._streaming.clear()
        self._texts.clear()
        self._prompts.clear()
        self.seen.clear()
        self.first = None

    def prepend(self, older: "MessageAssembler") -> None:
        """Adds the state of older messages."""
        self._prompts |= older._prompts
        self.seen |= older.seen
        self.first = older.first or self.first
        self._texts = older._texts | self._texts

    def append_text(self, event: TextDelta) -> Iterable[Change]:
        yield from self._append(event, AssistantText)

    def append_thinking(self, event: ThinkingDelta) -> Iterable[Change]:
        yield from self._append(event, Thinking)

    def _append(self, event: TextDelta | ThinkingDelta, kind: TextKind) -> Iterable[Change]:
        place = (event.message_id, event.index, kind)
        item = self._streaming.get(place)
        if item is None:
            yield from self._finish_before(event)
            item = self._create(kind, event.message_id, event.index, event.parent_tool_use_id, event.at)
            self._streaming[place] = item
            yield self._add(item)
        item.text += event.text
        yield Appended(item, event.text)

    def _finish_before(self, event: TextDelta | ThinkingDelta) -> Iterable[Change]:
        """Finishes the texts that the same agent streamed before this one."""
        for place, item in list(self._streaming.items()):
            if item.parent == event.parent_tool_use_id:
                del self._streaming[place]
                yield self._finish(item, event.at)

    def add_message(self, event: MessageAdded) -> Iterable[Change]:
        yield from self.apply(event.message, event.at)

    def apply(self, message: Message, at: str | None) -> Iterable[Change]:
        """Applies a complete message, from the events or from the transcript."""
        self.seen.add(message.id)
        if self.first is None and message.parent_tool_use_id is None:
            self.first = message.id
        for index, block in enumerate(message.content):
            match block:
                case TextBlock(text=text) if message.role == "assistant":
                    yield from self._apply_text(message, index, AssistantText, text, at)
                case ThinkingBlock(thinking=text):
                    yield from self._apply_text(message, index, Thinking, text, at)
                case ToolUseBlock():
                    yield from self._apply_call(block, message, at)
                case ToolResultBlock():
                    yield from self._tools.set_result(block.tool_use_id, block.content, block.is_error, at)
                case _:
                    pass
        if message.role == "user" and not any(isinstance(block, ToolResultBlock) for block in message.content):
            yield from self._apply_prompt(message)

    def finish_streaming(self, at: str) -> Iterable[Change]:
        """Finishes all texts that are being streamed."""
        streaming, self._streaming = list(self._streaming.values()), {}
        for item in streaming:
            yield self._finish(item, at)

    @staticmethod
    def _finish(item: Text, at: str) -> Changed:
        item.is_done = True
        if isinstance(item, Thinking):
            item.ended_at = at
        return Changed(item)

    def _apply_text(self, message: Message, index: int, kind: TextKind, text: str, at: str | None) -> Iterable[Change]:
        item = self._find(message, index, kind, text)
        is_new = item is None
        if item is None:
            if not text.strip():
                return
            item = self._create(kind, message.id, index, message.parent_tool_use_id, at)
        elif item.is_done and item.text == text:
            return
        self._streaming = {place: streaming for place, streaming in self._streaming.items() if streaming is not item}
        item.text, item.is_done = text, True
        if isinstance(item, Thinking):
            item.ended_at = item.ended_at or at
        yield self._add(item) if is_new else Changed(item)

    def _find(self, message: Message, index: int, kind: TextKind, text: str) -> Text | None:
        """Finds the item of a block. Compares the text first, as the index may differ between events and transcript."""
        found = [item for item in self._texts.get(message.id, ()) if isinstance(item, kind)]
        key = _key(kind, message.id, index)
        starts_alike = [item for item in found if text.startswith(item.text[:_MATCHING_START])]
        return (
            next((item for item in found if item.text == text), None)
            or next((item for item in starts_alike if not item.is_done), None)
            or next((item for item in starts_alike if item.key == key), None)
        )

    def _create(self, kind: TextKind, message_id: str, index: int, parent: str | None, at: str | None) -> Text:
        texts = self._texts.setdefault(message_id, [])
        key = _key(kind, message_id, index)
        if any(item.key == key for item in texts):
            key = f"{key}-{len(texts)}"
        item: Text
        if kind is Thinking:
            item = Thinking(key=key, parent=parent, text="", message_id=message_id, began_at=at)
        else:
            item = AssistantText(key=key, parent=parent, text="", message_id=message_id)
        texts.append(item)
        return item

    def _apply_call(self, block: ToolUseBlock, message: Message, at: str | None) -> Iterable[Change]:
        if self._tools.get(block.id) is None:
            parent = message.parent_tool_use_id
            call = ToolCall(key=block.id, parent=parent, name=block.name, input=block.input, title="", began_at=at)
            yield self._tools.add(call)

    def _apply_prompt(self, message: Message) -> Iterable[Change]:
        """Adds a prompt of the transcript, or sets its id on the item that the start of the turn added."""
        if message.parent_tool_use_id is not None or message.id in self._prompts:
            return
        self._prompts.add(message.id)
        started = next((item for item in reversed(self._items) if _is_prompt_of(item, message.id)), None)
        if isinstance(started, UserPrompt):
            started.message_id = message.id
            return
        text = "\n".join(block.text for block in message.content if isinstance(block, TextBlock))
        if found := _TASK_NOTIFICATION.search(text):
            yield self._add(NoticeItem(key=f"notice-{message.id}", text=found[1].strip()))
        elif text.strip() or len(message.content) != 1:  # an autonomous turn has an empty prompt
            prompt = UserPrompt(key=f"prompt-{message.id}", text=text, message_id=message.id, turn_id=message.id)
            yield self._add(prompt)


def _is_prompt_of(item: Item, turn_id: str) -> bool:
    return isinstance(item, UserPrompt) and item.turn_id == turn_id


def _key(kind: type, message_id: str, index: int) -> str:
    return f"{kind.__name__}-{message_id}-{index}"
