"""An open question to a person, and its answer."""

from typing import Any, Literal

from api.schema.base import Record

RequestKind = Literal["permission", "question", "plan", "trust"]
Decision = Literal["allow", "deny", "cancelled"]


class QuestionOption(Record):
    label: str
    description: str = ""
    preview: str = ""
    """Text to show beside the option while it is focused."""


class Question(Record):
    question: str
    header: str = ""
    options: tuple[QuestionOption, ...] = ()
    multi_select: bool = False


class Request(Record):
    """A question that stays open until any client answers it, or its session ends."""

    id: str
    kind: RequestKind
    tool_name: str
    input: dict[str, Any]  # each tool has its own
    title: str
    """One line for a person: what is asked."""
    reason: str | None = None
    suggestions: tuple[str, ...] = ()
    """The rules that "always" would store, word for word, such as `Bash(ls:*)`; empty: "always" is not on offer."""
    questions: tuple[Question, ...] = ()
    tool_use_id: str | None = None
    opened_at: str = ""
    diff: str | None = None
    """What an edit or write would change, as a unified diff."""


class Answer(Record):
    """What a person says to a request."""

    decision: Literal["allow", "deny"]
    remember: bool = False
    """With allow: store the request's suggestions, so that it is not asked again."""
    message: str | None = None
    """With deny: why, told to Claude."""
    updated_input: dict[str, Any] | None = None
    answers: dict[str, str | list[str]] | None = None
    """For kind `question`: the question's text → the label chosen, the labels, or free text."""
