"""Which lines of a transcript begin a turn."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from api.claude import content_blocks
from api.schema import TextBlock
from api.storage import TurnRow

TASK_ENDED = "<task-notification>"
"""How the line begins that tells Claude Code of the end of a background task; what it says then is its own idea."""


def turn_boundaries(entries: Sequence[Mapping[str, Any]], turns: Sequence[TurnRow]) -> dict[int, TurnRow]:
    """The turns that left a line, each by the number of its first one.

    A prompt's line has the id of its turn. An own idea of Claude Code's has none: it is the first that began after the
    line which told of the task's end.
    """
    prompts = {turn.id: turn for turn in turns}
    ideas = deque(turn for turn in turns if turn.is_own_idea)
    found: dict[int, TurnRow] = {}
    for number, entry in enumerate(entries):
        if entry.get("type") != "user":
            continue
        if turn := prompts.pop(str(entry.get("uuid")), None):
            found[number] = turn
        elif ideas and _tells_of_task(entry):
            while ideas and ideas[0].began < str(entry.get("timestamp")):
                ideas.popleft()
            if ideas:
                found[number] = ideas.popleft()
    return found


def _tells_of_task(entry: Mapping[str, Any]) -> bool:
    body = entry.get("message")
    content = content_blocks.from_json(body.get("content")) if isinstance(body, dict) else []
    return bool(content) and isinstance(content[0], TextBlock) and content[0].text.startswith(TASK_ENDED)
