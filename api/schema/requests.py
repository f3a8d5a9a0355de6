"""Requests, which are open questions to a user, and their answers."""

from typing import Any, Literal

from api.schema.base import Record

RequestKind = Literal["permission", "question", "plan", "trust"]
Decision = Literal["allow", "deny", "cancelled"]


class QuestionOption(Record):
    label: str
    description: str = ""
    preview: str = ""
    """Text to show next to the option while it is focused."""


class Question(Record):
    question: str
    header: str = ""
    options: tuple[QuestionOption, ...] = ()
    multi_select: bool = False


class Request(Record):
    """A question to the user. It stays open until a client answers it or its turn ends."""

    id: str
    kind: RequestKind
    tool_name: str
    input: dict[str, Any]  # each tool has its own
    title: str
    """One line that says what is asked."""
    reason: str | None = None
    suggestions: tuple[str, ...] = ()
    """The rules that `remember` would store, such as `Bash(ls:*)`. When empty, `remember` has no effect."""
    questions: tuple[Question, ...] = ()
    tool_use_id: str | None = None
    opened_at: str = ""
    diff: str | None = None
    """The change that an edit or write would make, as a unified diff."""


class Answer(Record):
    """The answer to a request."""

    decision: Literal["allow", "deny"]
    remember: bool = False
    """With `allow`: stores the request's suggestions as rules, so that this session does not ask again."""
    message: str | None = None
    """With `deny`: the reason, sent to Claude."""
    updated_input: dict[str, Any] | None = None
    answers: dict[str, str | list[str]] | None = None
    """For kind `question`: by the question's text, the chosen label or labels, or free text."""
