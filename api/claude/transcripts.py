"""Cuts and copies Claude Code's transcripts, and names the project they belong to."""

from collections.abc import Sequence
from pathlib import Path

import claude_agent_sdk as sdk

from api.errors import MessageNotFoundError
from api.storage.transcripts import Entry


def project_key(folder: str | Path) -> str:
    """Claude Code's name for the project in a folder, under which it keeps the transcripts."""
    return sdk.project_key_for_directory(folder)


def before(entries: Sequence[Entry], message_id: str) -> list[Entry]:
    """The entries before a user's message.

    Raises:
        MessageNotFoundError: there is no such prompt.
    """
    for number, entry in enumerate(entries):
        if entry.get("uuid") == message_id and entry.get("type") == "user":
            return list(entries[:number])
    raise MessageNotFoundError


def up_to(entries: Sequence[Entry], message_id: str) -> list[Entry]:
    """The entries up to and including a message, and the outputs of the tools that it called.

    Raises:
        MessageNotFoundError: there is no such message.
    """
    last = max((number for number, entry in enumerate(entries) if message_id in _names(entry)), default=None)
    if last is None:
        raise MessageNotFoundError
    calls = {block["id"] for entry in entries[: last + 1] for block in _parts(entry) if block.get("type") == "tool_use"}
    for number, entry in enumerate(entries[last + 1 :], last + 1):
        if any(block.get("tool_use_id") in calls for block in _parts(entry)):
            last = number
    return list(entries[: last + 1])


def renamed(entries: Sequence[Entry], session_id: str) -> list[Entry]:
    """The entries with another session id."""
    return [{**entry, "sessionId": session_id} if "sessionId" in entry else entry for entry in entries]


def prompts(entries: Sequence[Entry]) -> set[str]:
    """The ids of the user's messages and of tool results."""
    return {str(entry["uuid"]) for entry in entries if entry.get("type") == "user" and entry.get("uuid")}


def _names(entry: Entry) -> tuple[object, object]:
    body = entry.get("message")
    return entry.get("uuid"), body.get("id") if isinstance(body, dict) else None


def _parts(entry: Entry) -> list[Entry]:
    body = entry.get("message")
    content = body.get("content") if isinstance(body, dict) else None
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
