"""The result of a turn: how it ended, for programs and for people."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from api.claude.result import ReportedResult
from api.errors import CliFailedError
from api.schema import Usage


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
    structured_output: Any = None  # in the shape of the caller's schema
    model: str | None = None


def interrupted(stop_reason: str = "interrupted", message: str | None = None, code: str | None = None) -> TurnResult:
    """The result of a turn that was stopped on purpose; with a code it is an error."""
    return TurnResult(stop_reason=stop_reason, is_error=code is not None, error=message, code=code)


def failed(code: str, message: str) -> TurnResult:
    """The result of a turn for which Claude Code reported none."""
    return TurnResult(stop_reason="error", is_error=True, error=message, code=code)


LOST = failed("session_moved", "This replica did not respond for too long, so another one has taken over the session.")
CLI_FAILED = failed(CliFailedError.code, str(CliFailedError.__doc__))


def from_report(report: ReportedResult, *, cost_usd: float, stopped: TurnResult | None) -> TurnResult:
    """The result of a turn, from Claude Code's report of its end.

    Args:
        cost_usd: of this turn alone.
        stopped: the result for a turn that is being stopped. It may have ended normally just before.
    """
    result = TurnResult(
        stop_reason=report.stop_reason,
        is_error=report.code is not None,
        error=report.error,
        code=report.code,
        num_turns=report.num_turns,
        duration_ms=report.duration_ms,
        cost_usd=cost_usd,
        usage=report.usage,
        denied_tools=report.denied_tools,
        structured_output=report.structured_output,
        model=report.model,
    )
    if report.was_aborted or (stopped and report.has_failed):
        why = stopped or interrupted()
        return dataclasses.replace(
            result, stop_reason=why.stop_reason, is_error=why.is_error, error=why.error, code=why.code
        )
    return result
