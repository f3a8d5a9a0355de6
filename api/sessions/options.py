"""The options of a query or session as callers send them, checked."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from api.errors import BypassForbiddenError, InvalidPromptError
from api.schema.base import Record
from api.schema.patterns import NO_NUL, ONE_LINE
from api.schema.sessions import PermissionMode

Effort = Literal["low", "medium", "high", "xhigh", "max"]
LONGEST_PROMPT = 100_000
"""Characters."""
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Text = Annotated[str, Meta(max_length=LONGEST_PROMPT, pattern=NO_NUL)]
Rule = Annotated[str, Meta(min_length=1, max_length=1000, pattern=ONE_LINE)]
Rules = Annotated[tuple[Rule, ...], Meta(max_length=200)]


class SessionOptions(Record, forbid_unknown_fields=True):
    """What a session may be created with."""

    model: Name | None = None
    system_prompt: Text | None = None
    """Takes the place of Claude Code's own."""
    append_system_prompt: Text | None = None
    effort: Effort | None = None
    max_turns: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    max_budget_usd: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    allowed_tools: Rules = ()
    disallowed_tools: Rules = ()
    permission_mode: PermissionMode | None = None
    cwd: Annotated[str, Meta(min_length=1, max_length=4000, pattern=NO_NUL)] | None = None
    """Inside the workspace."""


class QueryOptions(SessionOptions, forbid_unknown_fields=True):
    """What `POST /query` takes besides."""

    output_schema: dict[str, Any] | None = None
    session_id: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    fork: bool = False
    timeout_seconds: Annotated[float, Meta(ge=1, le=3600)] = 600


def check_prompt(prompt: object) -> str:
    """The prompt, if it is one.

    Raises:
        InvalidPromptError: with the sentence that callers know.
    """
    if prompt is None or (isinstance(prompt, str) and not prompt.strip()):
        raise InvalidPromptError
    if not isinstance(prompt, str):
        raise InvalidPromptError("Prompt must be a string")
    if "\0" in prompt:
        raise InvalidPromptError("Prompt must not contain NUL characters")
    if len(prompt) > LONGEST_PROMPT:
        raise InvalidPromptError(f"Prompt too long. Maximum {LONGEST_PROMPT} characters")
    return prompt


def check_mode(mode: PermissionMode | None, *, allows_bypass: bool) -> None:
    """Makes sure that the mode is allowed here.

    Raises:
        BypassForbiddenError: it is not.
    """
    if mode == "bypassPermissions" and not allows_bypass:
        raise BypassForbiddenError


class StoredOptions(Record):
    """What is remembered with a session besides its columns: how it was created, and what came of it."""

    system_prompt: str | None = None
    append_system_prompt: str | None = None
    max_turns: int | None = None
    max_budget_usd: float | None = None
    allowed_tools: tuple[str, ...] = ()
    disallowed_tools: tuple[str, ...] = ()
    output_schema: dict[str, Any] | None = None
    origin: Literal["session", "query"] = "session"
    """Who made it; nobody waits for a query's prompt after a crash."""
    rules: tuple[str, ...] = ()
    """What a person allowed for good, such as `Bash(ls:*)`."""
    folders: tuple[str, ...] = ()
    """Folders outside the workspace that a person opened."""
    reset_at: str = ""
    """When the conversation was last cleared; older turns are no part of it."""
    past_transcripts: tuple[str, ...] = ()
    """Transcripts from before it was cleared."""
    told_shell: str = ""
    """When the newest of the shell commands that Claude was told of was accepted."""
