"""Exports a conversation as Markdown."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from api.export.conversation import Part, Text, Thinking, ToolCall
from api.schema import SessionInfo, encode

ROLES = {"user": "You", "assistant": "Claude"}


def as_markdown(session: SessionInfo, parts: Iterable[Part]) -> str:
    """The whole conversation. Tool output is in code fences, so nothing in it becomes markup."""
    return "\n\n".join([*_head(session), *(line for part in parts for line in _part(part))]) + "\n"


def _head(session: SessionInfo) -> Iterator[str]:
    yield f"# {_one_line(session.title) or 'Conversation'}"
    facts = [f"- Session: `{session.id}`", f"- Started: {session.created_at}", f"- Last change: {session.updated_at}"]
    if session.model:
        facts.append(f"- Model: {_one_line(session.model)}")
    yield "\n".join(facts)


def _part(part: Part) -> Iterator[str]:
    match part:
        case Text():
            yield f"## {ROLES[part.role]}" + (f" ({part.at})" if part.at else "")
            yield part.text.strip()
        case Thinking():
            yield "> *Thinking*\n>\n" + "\n".join(f"> {line}" for line in part.text.strip().splitlines())
        case ToolCall():
            yield f"**Tool** {_code(part.title)}" + (" *(failed)*" if part.is_error else "")
            yield fence(msgspec.json.format(encode(part.input)).decode(), "json")
            if part.output is not None:
                yield fence(part.output)


def fence(text: str, language: str = "") -> str:
    """The text in a code fence that is longer than any fence in the text."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * (longest + 1)
    return f"{ticks} {_one_line(text)} {ticks}" if longest else f"`{_one_line(text)}`"


def _one_line(text: str) -> str:
    return " ".join(text.split())
