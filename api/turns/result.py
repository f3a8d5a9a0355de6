"""How a turn ended, in words that a program and a person can use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import claude_agent_sdk as sdk

from api.errors import CliFailedError
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
"""Names our own network; no business of a caller's."""
LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """The end of one turn."""

    stop_reason: str
    is_error: bool = False
    error: str | None = None
    code: str | None = None
    num_turns: int = 0
    duration_ms: int = 0
    cost_usd: float = 0.0
    usage: Usage = field(default_factory=Usage)
    denied_tools: tuple[str, ...] = ()
    structured_output: Any = None  # what the caller's schema asks for
    model: str | None = None


def interrupted(by: str = "interrupted", sentence: str | None = None, code: str | None = None) -> TurnResult:
    """A turn that was stopped on purpose; with a code it counts as an error."""
    return TurnResult(stop_reason=by, is_error=code is not None, error=sentence, code=code)


def failed(code: str, sentence: str) -> TurnResult:
    """A turn that ended without a result."""
    return TurnResult(stop_reason="error", is_error=True, error=sentence, code=code)


LOST = failed("session_moved", "This replica was silent for too long, and another one goes on with the session.")
CLI_FAILED = failed(CliFailedError.code, str(CliFailedError.__doc__))


def from_result(result: sdk.ResultMessage, *, cost_usd: float, stopped: TurnResult | None) -> TurnResult:
    """What the CLI's own result means.

    Args:
        cost_usd: of this turn alone; the result has the sum of all turns of its process.
        stopped: what the turn counts as if it was stopped; it may have ended by itself just before.
    """
    facts = {
        "num_turns": result.num_turns,
        "duration_ms": result.duration_ms,
        "cost_usd": cost_usd,
        "usage": usage(result.usage or {}),
        "denied_tools": _denied(result.permission_denials or []),
        "structured_output": result.structured_output,
        "model": next(iter(result.model_usage or {}), None),
    }
    if (result.terminal_reason or "").startswith("aborted") or (stopped and result.is_error):
        why = stopped or interrupted()
        return TurnResult(stop_reason=why.stop_reason, is_error=why.is_error, error=why.error, code=why.code, **facts)
    if result.subtype in SUBTYPES:
        code, sentence = SUBTYPES[result.subtype]
        return TurnResult(stop_reason=code, is_error=True, error=sentence, code=code, **facts)
    if result.is_error:
        code = status_code(result.api_error_status)
        return TurnResult(stop_reason="error", is_error=True, error=_sentence(code, result), code=code, **facts)
    return TurnResult(stop_reason=result.stop_reason or "end_turn", **facts)


def status_code(status: int | None) -> str:
    """The code for an HTTP status of Claude's API."""
    if status in OVERLOADED:
        return "model_overloaded"
    return STATUS_CODES.get(status or 0, "model_error")


def usage(counted: Mapping[str, Any]) -> Usage:
    """The CLI's token counts as ours."""
    return Usage(**{name: int(counted.get(name) or 0) for name in Usage.__struct_fields__})


def _sentence(code: str, result: sdk.ResultMessage) -> str:
    said = "; ".join(result.errors or []) or result.result or ""
    detail = GATEWAY.sub("", " ".join(said.split()))[:LONGEST_DETAIL]
    return f"{ADVICE[code]} It said: {detail}" if detail else ADVICE[code]


def _denied(denials: list[Any]) -> tuple[str, ...]:  # the CLI's own shape
    names = [denial.get("tool_name") for denial in denials if isinstance(denial, dict)]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))
