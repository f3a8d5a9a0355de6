"""The status line: the rate limit, a full context, and which parts a narrow one drops."""

import pytest

from api.schema import RateLimit
from tui.model.clock import parse_time
from tui.model.status import Status
from tui.widgets.lines import made
from tui.widgets.status_line import StatusLine, Surroundings

RESETS = "2026-11-23T15:30:00.000Z"


def shown(status: Status, surroundings: Surroundings, width: int) -> str:
    line = StatusLine()
    line.show(status)
    line.surroundings = surroundings
    return made(line.lines(width)[0]).plain


@pytest.mark.parametrize(
    ("state", "words"),
    [("allowed", "limit resets"), ("allowed_warning", "near the limit"), ("rejected", "limit reached")],
)
def test_a_rate_limit_is_shown_with_its_reset(state: str, words: str) -> None:
    limit = RateLimit(status=state, resets_at=RESETS, kind="five_hour")
    local = parse_time(RESETS)
    assert local is not None
    line = shown(Status(rate_limit=limit), Surroundings(), 120)
    assert words in line
    assert f"{local.astimezone():%H:%M}" in line


def test_the_most_important_parts_are_dropped_last() -> None:
    status = Status(model="claude-sonnet-5", effort="high", cwd="/workspace", cost_usd=0.12, context_percent=93)
    surroundings = Surroundings(user="ada@example.com", is_demo=True, lost_for=1.0)
    wide, narrow = shown(status, surroundings, 200), shown(status, surroundings, 40)
    for part in ("connection lost", "asks first", "claude-sonnet-5", "high", "93% context", "$0.12", "/workspace"):
        assert part in wide
    assert "ada@example.com" in wide
    assert narrow.startswith("⚠ connection lost, trying again")
    assert len(narrow) <= 40
