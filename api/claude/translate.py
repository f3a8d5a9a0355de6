"""Translates the SDK's messages into events. An unknown message becomes a notice, never an exception."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import claude_agent_sdk as sdk

from api.claude import content_blocks, tools
from api.claude.result import read_result
from api.claude.todos import TodoList
from api.claude.update import Update
from api.schema import (
    Block,
    Context,
    Event,
    Message,
    MessageAdded,
    Notice,
    RateLimit,
    SessionReset,
    Task,
    TextBlock,
    TextDelta,
    ThinkingDelta,
    Todos,
    ToolFinished,
    ToolStarted,
    ToolUseBlock,
)
from api.schema.sessions import PermissionMode
from runtime.clock import timestamp

SYNTHETIC_MODEL = "<synthetic>"
"""The model of messages that Claude Code itself wrote: the output of a local command, or an API failure."""
MODES: tuple[PermissionMode, ...] = get_args(PermissionMode)


class Translator:
    """Translates the messages of one session, and keeps what later messages refer to."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._streaming: dict[str | None, str] = {}
        self._blocks: dict[str, list[Block]] = {}
        self._calls: dict[str, ToolUseBlock] = {}
        self._unfinished: dict[tuple[str, str | None], dict[int, list[str]]] = {}
        self._todos = TodoList()
        self._used_tokens = 0
        self.retry_after: float | None = None
        """The last delay, in seconds, after which a request to Claude's API was repeated in this turn."""

    def forget_turn(self) -> None:
        """Forgets what only messages of the last turn refer to."""
        self._streaming.clear()
        self._blocks.clear()
        self._calls.clear()
        self.retry_after = None

    def translate(self, message: object) -> Update:
        """Translates one message of the SDK."""
        events = tuple(self.events(message))
        match message:
            case sdk.StreamEvent() | sdk.AssistantMessage():
                return Update(events=events, is_answer=message.parent_tool_use_id is None)
            case sdk.ResultMessage():
                return Update(events=events, result=read_result(message))
            case sdk.SystemMessage(subtype="background_tasks_changed", data=data):
                return Update(events=events, background_tasks=len(data.get("tasks") or []))
            case sdk.SystemMessage(subtype="init" | "status", data=data):
                model = data.get("model") if message.subtype == "init" else None
                mode = next((mode for mode in MODES if mode == data.get("permissionMode")), None)
                return Update(events=events, model=model if isinstance(model, str) else None, permission_mode=mode)
        return Update(events=events)

    def events(self, message: object) -> Iterator[Event]:
        """Yields the events for one message."""
        match message:
            case sdk.StreamEvent():
                yield from self._stream(message)
            case sdk.AssistantMessage():
                yield from self._assistant(message)
            case sdk.UserMessage():
                yield from self._results(message)
            case sdk.ResultMessage():
                yield from self._context(message)
            case sdk.RateLimitEvent(rate_limit_info=info):
                yield RateLimit(status=info.status, resets_at=_iso_time(info.resets_at), kind=info.rate_limit_type)
            case sdk.ConversationResetMessage():
                yield SessionReset(new_session_id=self._session_id)
            case sdk.SystemMessage():
                yield from self._system(message)
            case _:  # of a newer SDK
                yield Notice(
                    level="info", text=f"Claude Code sent a message of an unknown type: {type(message).__name__}"
                )

    def unfinished_messages(self) -> Iterator[Event]:
        """The streamed beginnings of messages that were not completed because their turn was interrupted."""
        for (message_id, parent), texts in self._unfinished.items():
            content = tuple(TextBlock(text="".join(texts[index])) for index in sorted(texts))
            whole = (*self._blocks.get(message_id, ()), *content)
            yield MessageAdded(
                message=Message(id=message_id, role="assistant", content=whole, parent_tool_use_id=parent)
            )
        self._unfinished.clear()

    def _stream(self, message: sdk.StreamEvent) -> Iterator[Event]:
        parent = message.parent_tool_use_id
        match message.event:
            case {"type": "content_block_delta", "index": int(index), "delta": {"text": str(text)}}:
                message_id = self._streaming.get(parent, "")
                self._unfinished.setdefault((message_id, parent), {}).setdefault(index, []).append(text)
                yield TextDelta(message_id=message_id, index=index, text=text, parent_tool_use_id=parent)
            case {"type": "content_block_delta", "index": int(index), "delta": {"thinking": str(text)}}:
                message_id = self._streaming.get(parent, "")
                yield ThinkingDelta(message_id=message_id, index=index, text=text, parent_tool_use_id=parent)
            case {"type": "message_start", "message": {"id": str(message_id)}}:
                self._streaming[parent] = message_id

    def _assistant(self, message: sdk.AssistantMessage) -> Iterator[Event]:
        if message.model == SYNTHETIC_MODEL and message.error:
            return  # turn_finished has the error
        message_id = message.message_id or message.uuid or ""
        # Claude Code sends each block of a message as a separate message with the same id.
        known = self._blocks.setdefault(message_id, [])
        new = content_blocks.from_sdk(message.content)
        known += new
        self._unfinished.pop((message_id, message.parent_tool_use_id), None)
        parent = message.parent_tool_use_id
        if message.model != SYNTHETIC_MODEL and parent is None:
            self._used_tokens = _total_tokens(message.usage or {})
        content = Message(id=message_id, role="assistant", content=tuple(known), parent_tool_use_id=parent)
        yield MessageAdded(message=content)
        for block in new:
            if isinstance(block, ToolUseBlock):
                self._calls[block.id] = block
                yield ToolStarted(
                    tool_use_id=block.id,
                    name=block.name,
                    input=block.input,
                    title=tools.title(block.name, block.input),
                    parent_tool_use_id=parent,
                )

    def _results(self, message: sdk.UserMessage) -> Iterator[Event]:
        if isinstance(message.content, str):
            return  # the prompt itself, or a text that Claude Code added for the model
        details: object = message.tool_use_result  # typed as a dict, but a string after a failed call
        for block in message.content:
            if isinstance(block, sdk.ToolResultBlock):
                yield ToolFinished(
                    tool_use_id=block.tool_use_id,
                    is_error=bool(block.is_error),
                    content=content_blocks.shorten(content_blocks.as_text(block.content)),
                    diff=tools.diff_of_result(details),
                    parent_tool_use_id=message.parent_tool_use_id,
                )
                call = self._calls.get(block.tool_use_id)
                if call and not block.is_error:
                    items = self._todos.apply(call.name, call.input, details)
                    if items is not None:
                        yield Todos(items=items)

    def _context(self, message: sdk.ResultMessage) -> Iterator[Event]:
        windows = [usage.get("contextWindow") or 0 for usage in (message.model_usage or {}).values()]
        if windows and self._used_tokens and (max_tokens := max(windows)):
            percent = round(min(100.0, 100 * self._used_tokens / max_tokens), 1)
            yield Context(used_tokens=self._used_tokens, max_tokens=max_tokens, percent=percent)

    def _system(self, message: sdk.SystemMessage) -> Iterator[Event]:
        match message:
            case sdk.TaskStartedMessage():
                yield _task(message.task_id, "started", message.description, None, message.tool_use_id)
            case sdk.TaskProgressMessage():
                yield _task(message.task_id, "progress", message.description, message.usage, message.tool_use_id)
            case sdk.TaskNotificationMessage():
                yield _task(message.task_id, message.status, message.summary, message.usage, message.tool_use_id)
            case sdk.TaskUpdatedMessage(status=str(status)):
                yield _task(message.task_id, status, "", None, None)
            case sdk.SystemMessage(subtype="api_retry", data=data):
                yield self._retry(data)
            case sdk.SystemMessage(subtype="compact_boundary"):
                yield Notice(level="info", text="The conversation was summarised to make room.")
            case sdk.SystemMessage(subtype="status", data={"status": "compacting"}):
                yield Notice(level="info", text="Summarising the conversation to make room…")

    def _retry(self, data: Mapping[str, Any]) -> Notice:  # not typed by the SDK
        delay = data.get("retry_delay_ms")
        seconds = round(delay / 1000, 1) if isinstance(delay, int | float) else 0.0
        self.retry_after = seconds
        status = data.get("error_status") or data.get("error") or "no answer"
        return Notice(level="warning", text=f"Claude's API failed ({status}); trying again in {seconds:g} s.")


def _task(task_id: str, status: str, description: str, usage: Mapping[str, Any] | None, call: str | None) -> Task:
    return Task(
        task_id=task_id, status=status, description=description, usage=dict(usage) if usage else None, tool_use_id=call
    )


def _total_tokens(usage: Mapping[str, Any]) -> int:
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    return sum(int(usage.get(name) or 0) for name in names)


def _iso_time(seconds: int | None) -> str | None:
    return None if seconds is None else timestamp(seconds)
