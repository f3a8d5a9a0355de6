"""Applies events about tool calls: started, waiting for a user, finished, interrupted."""

from collections.abc import Callable, Iterable

from api.schema import Task, ToolFinished, ToolOutput, ToolStarted
from tui.model.changes import Added, Change, Changed
from tui.model.items import Item, ToolCall


class ToolCalls:
    """The calls of a conversation by their ids."""

    def __init__(self, add: Callable[[Item], Added]) -> None:
        self._add = add
        self._calls: dict[str, ToolCall] = {}
        self._waiting: set[str] = set()
        self._denied: set[str] = set()
        self._early_results: dict[str, tuple[str, bool, str | None, str | None]] = {}
        """Results of calls that are older than the messages loaded so far."""

    def get(self, tool_use_id: str) -> ToolCall | None:
        return self._calls.get(tool_use_id)

    @property
    def running(self) -> list[ToolCall]:
        """The running calls, oldest first."""
        return [call for call in self._calls.values() if call.state == "running"]

    def clear(self) -> None:
        self._calls.clear()
        self._early_results.clear()

    def started(self, event: ToolStarted) -> Iterable[Change]:
        """Adds a call, or completes one whose input was incomplete."""
        call = self._calls.get(event.tool_use_id)
        if call is None:
            call = ToolCall(
                key=event.tool_use_id,
                parent=event.parent_tool_use_id,
                name=event.name,
                input=event.input,
                title=event.title,
                began_at=event.at,
                is_waiting=event.tool_use_id in self._waiting,
            )
            yield self.add(call)
        else:
            call.input, call.title = event.input, event.title
            call.began_at = call.began_at or event.at
            yield Changed(call)

    def add(self, call: ToolCall) -> Added:
        """Adds a new call."""
        self._calls[call.key] = call
        return self._add(call)

    def printed(self, event: ToolOutput) -> Iterable[Change]:
        """Sets what a running command has printed so far."""
        call = self._calls.get(event.tool_use_id)
        if call and call.state == "running":
            call.output = event.text
            yield Changed(call)

    def finished(self, event: ToolFinished) -> Iterable[Change]:
        """Sets the result of a call."""
        yield from self.set_result(event.tool_use_id, event.content, event.is_error, event.at, event.diff)

    def set_result(
        self, tool_use_id: str, output: str, is_error: bool, at: str | None, diff: str | None = None
    ) -> Iterable[Change]:
        """Sets the result of a call, or keeps it until the call is loaded."""
        call = self._calls.get(tool_use_id)
        if call is None:
            self._early_results[tool_use_id] = (output, is_error, at, diff)
            return
        call.output, call.ended_at, call.diff = output, call.ended_at or at, diff or call.diff
        call.is_waiting = False
        was_denied = tool_use_id in self._denied
        call.state = "denied" if was_denied else "failed" if is_error else "done"
        yield Changed(call)

    def prepend(self, older: "ToolCalls") -> None:
        """Adds older calls, none of which is still running."""
        self._calls = older._calls | self._calls
        for key, call in older._calls.items():
            if call.state == "running" and key in self._early_results:
                for _ in self.set_result(key, *self._early_results.pop(key)):
                    pass
            elif call.state == "running":
                call.state = "done"

    def report_progress(self, event: Task) -> Iterable[Change]:
        """Sets what a subagent reports about its work."""
        call = self._calls.get(event.tool_use_id or "")
        if call is not None and event.description:
            call.progress = event.description
            yield Changed(call)

    def set_waiting(self, tool_use_id: str | None, is_waiting: bool, at: str) -> Iterable[Change]:
        """Marks whether a request about a call is open; the call's time starts when it is answered."""
        if tool_use_id is None:
            return
        (self._waiting.add if is_waiting else self._waiting.discard)(tool_use_id)
        call = self._calls.get(tool_use_id)
        if call is not None:
            call.is_waiting = is_waiting
            call.began_at = at if call.state == "running" else call.began_at
            yield Changed(call)

    def deny(self, tool_use_id: str | None) -> Iterable[Change]:
        """Marks a call as denied by a user, so that its result does not count as a failure."""
        if tool_use_id is not None:
            self._denied.add(tool_use_id)
            call = self._calls.get(tool_use_id)
            if call is not None:
                call.state = "denied"
                yield Changed(call)

    def interrupt_running(self, at: str) -> Iterable[Change]:
        """Marks the calls that still run at the end of a turn as interrupted."""
        for call in self._calls.values():
            if call.state == "running":
                call.state, call.ended_at, call.is_waiting = "failed", at, False
                call.output = call.output or "Interrupted"
                yield Changed(call)
