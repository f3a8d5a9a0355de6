"""The calls of a conversation: started, waiting, finished, given up."""

from collections.abc import Callable, Iterable

from api.schema import Task, ToolFinished, ToolOutput, ToolStarted
from tui.model.changes import Added, Change, Changed
from tui.model.items import Item, ToolCall


class ToolCalls:
    """Knows every call by its id."""

    def __init__(self, add: Callable[[Item], Added]) -> None:
        self._add = add
        self._calls: dict[str, ToolCall] = {}
        self._waiting: set[str] = set()
        self._refused: set[str] = set()
        self._early: dict[str, tuple[str, bool, str | None, str | None]] = {}
        """Results of calls that are further back than what is known."""

    def get(self, tool_use_id: str) -> ToolCall | None:
        return self._calls.get(tool_use_id)

    @property
    def running(self) -> list[ToolCall]:
        """The calls under way, the last one begun last."""
        return [call for call in self._calls.values() if call.state == "running"]

    def clear(self) -> None:
        self._calls.clear()
        self._early.clear()

    def started(self, event: ToolStarted) -> Iterable[Change]:
        """A call begins, or says more about itself."""
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
            yield self.put(call)
        else:
            call.input, call.title = event.input, event.title
            call.began_at = call.began_at or event.at
            yield Changed(call)

    def put(self, call: ToolCall) -> Added:
        """Adds a call that is not known yet."""
        self._calls[call.key] = call
        return self._add(call)

    def printed(self, event: ToolOutput) -> Iterable[Change]:
        """What a command prints while it runs."""
        call = self._calls.get(event.tool_use_id)
        if call and call.state == "running":
            call.output = event.text
            yield Changed(call)

    def finished(self, event: ToolFinished) -> Iterable[Change]:
        yield from self.settle(event.tool_use_id, event.content, event.is_error, event.at, event.diff)

    def settle(
        self, tool_use_id: str, output: str, is_error: bool, at: str | None, diff: str | None = None
    ) -> Iterable[Change]:
        """What came of a call; a result without one waits for it."""
        call = self._calls.get(tool_use_id)
        if call is None:
            self._early[tool_use_id] = (output, is_error, at, diff)
            return
        call.output, call.ended_at, call.diff = output, call.ended_at or at, diff or call.diff
        call.is_waiting = False
        refused = tool_use_id in self._refused
        call.state = "denied" if refused else "failed" if is_error else "done"
        yield Changed(call)

    def adopt(self, past: "ToolCalls") -> None:
        """Takes over the calls of the past; whatever became of them, none of them runs."""
        self._calls = past._calls | self._calls
        for key, call in past._calls.items():
            if call.state == "running" and key in self._early:
                for _ in self.settle(key, *self._early.pop(key)):
                    pass
            elif call.state == "running":
                call.state = "done"

    def task(self, event: Task) -> Iterable[Change]:
        call = self._calls.get(event.tool_use_id or "")
        if call is not None and event.description:
            call.progress = event.description
            yield Changed(call)

    def waits(self, tool_use_id: str | None, is_waiting: bool, at: str) -> Iterable[Change]:
        """A request about the call is open, or no longer; its time counts from the answer."""
        if tool_use_id is None:
            return
        (self._waiting.add if is_waiting else self._waiting.discard)(tool_use_id)
        call = self._calls.get(tool_use_id)
        if call is not None:
            call.is_waiting = is_waiting
            call.began_at = at if call.state == "running" else call.began_at
            yield Changed(call)

    def denied(self, tool_use_id: str | None) -> Iterable[Change]:
        """A person said no; the result that follows is no failure."""
        if tool_use_id is not None:
            self._refused.add(tool_use_id)
            call = self._calls.get(tool_use_id)
            if call is not None:
                call.state = "denied"
                yield Changed(call)

    def give_up(self, at: str) -> Iterable[Change]:
        """The turn is over: what still runs was interrupted."""
        for call in self._calls.values():
            if call.state == "running":
                call.state, call.ended_at, call.is_waiting = "failed", at, False
                call.output = call.output or "Interrupted"
                yield Changed(call)
