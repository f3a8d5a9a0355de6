"""The options of a query or session, as callers send them."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from api.errors import BypassForbiddenError, InvalidPromptError
from api.schema.base import Record
from api.schema.patterns import NO_NUL, ONE_LINE
from api.schema.sessions import PermissionMode

Effort = Literal["low", "medium", "high", "xhigh", "max"]
MAX_PROMPT = 100_000
"""Characters."""
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
Text = Annotated[str, Meta(max_length=MAX_PROMPT, pattern=NO_NUL)]
Rule = Annotated[str, Meta(min_length=1, max_length=1000, pattern=ONE_LINE)]
Rules = Annotated[tuple[Rule, ...], Meta(max_length=200)]


class SessionOptions(Record, forbid_unknown_fields=True):
    """The options of a new session."""

    model: Name | None = None
    system_prompt: Text | None = None
    """Replaces Claude Code's own system prompt."""
    append_system_prompt: Text | None = None
    effort: Effort | None = None
    max_turns: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    max_budget_usd: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    allowed_tools: Rules = ()
    disallowed_tools: Rules = ()
    permission_mode: PermissionMode | None = None
    cwd: Annotated[str, Meta(min_length=1, max_length=4000, pattern=NO_NUL)] | None = None
    """A folder inside the workspace."""


class QueryOptions(SessionOptions, forbid_unknown_fields=True):
    """The options of `POST /query`."""

    output_schema: dict[str, Any] | None = None
    session_id: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    fork: bool = False
    timeout_seconds: Annotated[float, Meta(ge=1, le=3600)] = 600


def check_prompt(prompt: object) -> str:
    """Returns the prompt if it can be sent.

    Raises:
        InvalidPromptError: it cannot; the message has the reason.
    """
    if prompt is None or (isinstance(prompt, str) and not prompt.strip()):
        raise InvalidPromptError
    if not isinstance(prompt, str):
        raise InvalidPromptError("Prompt must be a string")
    if "\0" in prompt:
        raise InvalidPromptError("Prompt must not contain NUL characters")
    if len(prompt) > MAX_PROMPT:
        raise InvalidPromptError(f"Prompt too long. Maximum {MAX_PROMPT} characters")
    return prompt


def check_mode(mode: PermissionMode | None, *, allows_bypass: bool) -> None:
    """Checks that the permission mode is allowed.

    Raises:
        BypassForbiddenError: it is not.
    """
    if mode == "bypassPermissions" and not allows_bypass:
        raise BypassForbiddenError
