"""Finds the lines of a transcript that begin a turn."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from api.claude import content_blocks
from api.schema import TextBlock
from api.storage import TurnRow

TASK_ENDED = "<task-notification>"
"""The beginning of the line that reports the end of a background task. Claude Code answers it in an autonomous turn."""


def turn_boundaries(entries: Sequence[Mapping[str, Any]], turns: Sequence[TurnRow]) -> dict[int, TurnRow]:
    """The turns that have lines in the transcript, by the number of their first line.

    The line of a prompt has the id of its turn. An autonomous turn has no such line: it is the first one that began
    after the line that reports the end of a task.
    """
    prompts = {turn.id: turn for turn in turns}
    autonomous = deque(turn for turn in turns if turn.is_autonomous)
    found: dict[int, TurnRow] = {}
    for number, entry in enumerate(entries):
        if entry.get("type") != "user":
            continue
        if turn := prompts.pop(str(entry.get("uuid")), None):
            found[number] = turn
        elif autonomous and _reports_task(entry):
            while autonomous and autonomous[0].began < str(entry.get("timestamp")):
                autonomous.popleft()
            if autonomous:
                found[number] = autonomous.popleft()
    return found


def _reports_task(entry: Mapping[str, Any]) -> bool:
    body = entry.get("message")
    content = content_blocks.from_json(body.get("content")) if isinstance(body, dict) else []
    return bool(content) and isinstance(content[0], TextBlock) and content[0].text.startswith(TASK_ENDED)
