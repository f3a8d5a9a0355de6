"""docs/operations.md quotes only messages, metrics and audit events that exist in the code."""

import re
from pathlib import Path
from typing import get_args

import pytest

from api.metrics import Metrics
from api.schema import Usage
from auth.audit import Event

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
SOURCES = [*ROOT.glob("*.sh"), *(ROOT / "container").iterdir()]
SOURCES += [path for package in ("api", "auth", "runtime", "tui") for path in (ROOT / package).rglob("*.py")]
LINE_BREAK = re.compile(r"\"\s*\n\s*f?\"|\s*\n\s*echo \"\s*|\\(?=\")")
"""A break within a message that continues in the next line of the source."""


def messages() -> list[str]:
    """Returns the messages that the troubleshooting tables quote."""
    tables = PAGE.partition("## Troubleshooting")[2]
    return re.findall(r"^\| `([^`]+)` \|", tables, re.MULTILINE)


@pytest.fixture(scope="module")
def code() -> str:
    return LINE_BREAK.sub("", "\n".join(path.read_text() for path in SOURCES if path.is_file()))


@pytest.mark.parametrize("message", messages())
def test_the_message_exists(message: str, code: str) -> None:
    # The code may insert the name of the variable at the start of the message.
    rest = re.sub(r"^[A-Z_]+ (?=must|is)", "", message)
    assert message in code or rest in code


def test_the_page_quotes_messages() -> None:
    assert len(messages()) > 20


def test_exactly_the_existing_metrics_are_described() -> None:
    metrics = Metrics()
    metrics.turn_finished(origin="query", seconds=1, cost_usd=0, usage=Usage(), code="x", first_token_seconds=1)
    metrics.cli_started("worker")
    for name in ("sessions", "workers", "line"):
        metrics.watch(name, "…", "state", lambda: {"idle": 1})
    shown = set(
        re.findall(r"^# TYPE (claude_\w+) (?!gauge$)|^# TYPE (claude_\w+) gauge$", metrics.text().decode(), re.M)
    )
    real = {name for pair in shown for name in pair if name and not name.endswith("_created")}
    table = PAGE.partition("## Metrics")[2].partition("## Alerts")[0]
    assert set(re.findall(r"`(claude_\w+)", table)) == real


def test_every_audit_event_is_listed() -> None:
    listed = PAGE.partition("## Audit")[2].partition("## Metrics")[0]
    assert [name for name in get_args(Event) if f"`{name}`" not in listed] == []
