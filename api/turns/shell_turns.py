"""Turns that ran a shell command instead of asking Claude: how they are kept, shown, and told to Claude later."""

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
from api.turns.turn import Turn

MARK = "!"
"""Stands before a command where a prompt would stand, as people write it."""
TOOL = "Bash"
_TOLD = re.compile(r"^<bash-input>(.*?)</bash-input>\n<bash-stdout>(.*)</bash-stdout>$", re.DOTALL)


def kept(turn: Turn) -> dict[str, Any]:  # JSON
    """What is stored of it besides its end."""
    return {} if turn.shell is None else {"output": turn.shell.output, "exitCode": turn.shell.exit_code}


def calls(turn_id: str, command: str) -> tuple[MessageAdded, ToolStarted]:
    """The events that say that the command runs."""
    block = ToolUseBlock(id=_call(turn_id), name=TOOL, input={"command": command})
    message = Message(id=f"{turn_id}-call", role="assistant", content=(block,))
    started = ToolStarted(
        tool_use_id=block.id, name=TOOL, input=block.input, title=tools.title(TOOL, block.input), turn_id=turn_id
    )
    return MessageAdded(message=message, turn_id=turn_id), started


def printed(turn_id: str, text: str) -> ToolOutput:
    """The event that says what it prints, while it runs."""
    return ToolOutput(tool_use_id=_call(turn_id), text=text, turn_id=turn_id)


def finished(turn_id: str, output: str, exit_code: int | None) -> ToolFinished:
    """The event that says what it printed."""
    return ToolFinished(
        tool_use_id=_call(turn_id), is_error=exit_code != 0, content=_shown(output, exit_code), turn_id=turn_id
    )


def events(turn: TurnRow) -> Iterator[tuple[str, Event]]:
    """What a turn of the past told, each with its time; nothing when it was a prompt."""
    if turn.kind != "shell":
        return
    began = turn.began
    for event in calls(turn.id, turn.prompt.removeprefix(MARK)):
        yield began, event
    if turn.outcome:
        output, exit_code = _result(turn.outcome)
        yield turn.finished_at or began, finished(turn.id, output, exit_code)


def messages(turn: TurnRow) -> Iterator[Message]:
    """The call and its result as the messages that a tool of Claude's would have left; none when it was a prompt."""
    if turn.kind != "shell":
        return
    began = turn.began
    block = ToolUseBlock(id=_call(turn.id), name=TOOL, input={"command": turn.prompt.removeprefix(MARK)})
    yield Message(id=f"{turn.id}-call", role="assistant", content=(block,), created_at=began)
    if turn.outcome:
        output, exit_code = _result(turn.outcome)
        result = ToolResultBlock(tool_use_id=block.id, content=_shown(output, exit_code), is_error=exit_code != 0)
        yield Message(id=f"{turn.id}-result", role="user", content=(result,), created_at=turn.finished_at or began)


def told(turns: Iterable[TurnRow]) -> str:
    """What Claude is told of commands that ran since it last heard something, in Claude Code's own words for them."""
    parts = []
    for turn in turns:
        output, exit_code = _result(turn.outcome or {})
        command = turn.prompt.removeprefix(MARK)
        parts.append(f"<bash-input>{command}</bash-input>\n<bash-stdout>{_shown(output, exit_code)}</bash-stdout>")
    return "\n".join(parts)


def readable(block: TextBlock) -> TextBlock:
    """The same as a person would write it down."""
    found = _TOLD.match(block.text)
    return TextBlock(text=f"{MARK}{found[1]}\n{found[2]}") if found else block


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
