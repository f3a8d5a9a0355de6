"""Shows a shell command that a person ran as events and messages, and notifies Claude of it later."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.claude import tools
from api.claude.content_blocks import shorten
from api.schema import (
    Event,
    Message,
    MessageAdded,
    TextBlock,
    ToolFinished,
    ToolOutput,
    ToolResultBlock,
    ToolStarted,
    ToolUseBlock,
)
from api.storage import TurnRow

PREFIX = "!"
"""Marks a turn's prompt as a shell command, as people write it."""
TOOL = "Bash"
_NOTIFICATION = re.compile(r"^<bash-input>(.*?)</bash-input>\n<bash-stdout>(.*)</bash-stdout>$", re.DOTALL)


def started_events(turn_id: str, command: str) -> tuple[MessageAdded, ToolStarted]:
    """The events at the start of a command: those of a tool call."""
    block = ToolUseBlock(id=_call(turn_id), name=TOOL, input={"command": command})
    message = Message(id=f"{turn_id}-call", role="assistant", content=(block,))
    started = ToolStarted(
        tool_use_id=block.id, name=TOOL, input=block.input, title=tools.title(TOOL, block.input), turn_id=turn_id
    )
    return MessageAdded(message=message, turn_id=turn_id), started


def output_event(turn_id: str, text: str) -> ToolOutput:
    """The event with the latest output of a running command."""
    return ToolOutput(tool_use_id=_call(turn_id), text=text, turn_id=turn_id)


def finished_event(turn_id: str, output: str, exit_code: int | None) -> ToolFinished:
    """The event at the end of a command."""
    return ToolFinished(
        tool_use_id=_call(turn_id), is_error=exit_code != 0, content=_shown(output, exit_code), turn_id=turn_id
    )


def past_events(turn: TurnRow) -> Iterator[tuple[str, Event]]:
    """The events of a past turn, each with its time; none if it was a prompt."""
    if turn.kind != "shell":
        return
    began = turn.began
    for event in started_events(turn.id, turn.prompt.removeprefix(PREFIX)):
        yield began, event
    if turn.outcome:
        output, exit_code = _result(turn.outcome)
        yield turn.finished_at or began, finished_event(turn.id, output, exit_code)


def messages(turn: TurnRow) -> Iterator[Message]:
    """The command and its output as the messages of a tool call; none if the turn was a prompt."""
    if turn.kind != "shell":
        return
    began = turn.began
    block = ToolUseBlock(id=_call(turn.id), name=TOOL, input={"command": turn.prompt.removeprefix(PREFIX)})
    yield Message(id=f"{turn.id}-call", role="assistant", content=(block,), created_at=began)
    if turn.outcome:
        output, exit_code = _result(turn.outcome)
        result = ToolResultBlock(tool_use_id=block.id, content=_shown(output, exit_code), is_error=exit_code != 0)
        yield Message(id=f"{turn.id}-result", role="user", content=(result,), created_at=turn.finished_at or began)


def notification(turns: Iterable[TurnRow]) -> str:
    """The text that notifies Claude of commands, in the form that Claude Code itself uses."""
    parts = []
    for turn in turns:
        output, exit_code = _result(turn.outcome or {})
        command = turn.prompt.removeprefix(PREFIX)
        parts.append(f"<bash-input>{command}</bash-input>\n<bash-stdout>{_shown(output, exit_code)}</bash-stdout>")
    return "\n".join(parts)


def readable(block: TextBlock) -> TextBlock:
    """A notification in the form in which people write commands; any other text unchanged."""
    found = _NOTIFICATION.match(block.text)
    return TextBlock(text=f"{PREFIX}{found[1]}\n{found[2]}") if found else block


def _call(turn_id: str) -> str:
    return f"shell_{turn_id}"


def _result(outcome: Mapping[str, Any]) -> tuple[str, int | None]:
    return str(outcome.get("output") or ""), outcome.get("exitCode")


def _shown(output: str, exit_code: int | None) -> str:
    text = shorten(output.rstrip("\n"))
    if exit_code == 0:
        return text
    end = "Interrupted" if exit_code is None else f"Exit code {exit_code}"
    return f"{text}\n{end}" if text else end
