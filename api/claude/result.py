"""Reads what Claude Code reports at the end of a turn."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import claude_agent_sdk as sdk

from api.schema import Usage

STATUS_CODES = {401: "model_authentication", 403: "model_authentication", 429: "model_rate_limited"}
OVERLOADED = (503, 529)
SUBTYPES = {
    "error_max_turns": ("max_turns", "Claude reached the limit of turns (maxTurns) before it was done."),
    "error_max_budget_usd": ("max_budget", "Claude reached the budget (maxBudgetUsd) before it was done."),
    "error_max_structured_output_retries": ("output_schema", "Claude's answer did not fit the outputSchema."),
}
ADVICE = {
    "model_authentication": "Claude's API refused the credentials: check them on the server, then send it again.",
    "model_rate_limited": "Claude's API says that the rate limit is reached: wait, then send it again.",
    "model_overloaded": "Claude's API is overloaded: wait a moment, then send it again.",
    "model_error": "Claude's API failed: send it again.",
}
GATEWAY = re.compile(r" If it persists, check your inference gateway \([^)]*\)\.")
"""Names an address of this deployment, which callers must not see."""
MAX_DETAIL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedResult:
    """The end of one turn, as Claude Code reports it."""

    transcript_id: str
    """The conversation it is in now: a new one after `/clear`."""
    prompt_ids: tuple[str, ...] = ()
    """The prompts that were answered; empty if Claude Code does not say."""
    total_cost_usd: float
    """The cost of all turns of the process so far."""
    was_aborted: bool = False
    has_failed: bool = False
    stop_reason: str
    error: str | None = None
    code: str | None = None
    """Identifies the error for a program; None if the turn succeeded."""
    num_turns: int = 0
    duration_ms: int = 0
    usage: Usage = field(default_factory=Usage)
    denied_tools: tuple[str, ...] = ()
    structured_output: Any = None  # in the shape of the caller's schema
    model: str | None = None


def read_result(message: sdk.ResultMessage) -> ReportedResult:
    """Converts the SDK's message."""
    stop_reason, error, code = message.stop_reason or "end_turn", None, None
    if message.subtype in SUBTYPES:
        code, error = SUBTYPES[message.subtype]
        stop_reason = code
    elif message.is_error:
        code = status_code(message.api_error_status)
        stop_reason, error = "error", _error_message(code, message)
    return ReportedResult(
        transcript_id=message.session_id,
        prompt_ids=tuple(message.user_message_uuids or ()),
        total_cost_usd=message.total_cost_usd or 0.0,
        was_aborted=(message.terminal_reason or "").startswith("aborted"),
        has_failed=message.is_error,
        stop_reason=stop_reason,
        error=error,
        code=code,
        num_turns=message.num_turns,
        duration_ms=message.duration_ms,
        usage=_usage(message.usage or {}),
        denied_tools=_denied(message.permission_denials or []),
        structured_output=message.structured_output,
        model=next(iter(message.model_usage or {}), None),
    )


def status_code(status: int | None) -> str:
    """The error code for an HTTP status of Claude's API."""
    if status in OVERLOADED:
        return "model_overloaded"
    return STATUS_CODES.get(status or 0, "model_error")


def _usage(counts: Mapping[str, Any]) -> Usage:
    return Usage(**{name: int(counts.get(name) or 0) for name in Usage.__struct_fields__})


def _error_message(code: str, result: sdk.ResultMessage) -> str:
    reported = "; ".join(result.errors or []) or result.result or ""
    detail = GATEWAY.sub("", " ".join(reported.split()))[:MAX_DETAIL]
    return f"{ADVICE[code]} Details: {detail}" if detail else ADVICE[code]


def _denied(denials: list[Any]) -> tuple[str, ...]:  # not typed by the SDK
    names = [denial.get("tool_name") for denial in denials if isinstance(denial, dict)]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))
