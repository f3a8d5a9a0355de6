"""docs/benchmarks.md: the numbers of one run, each with the command that finds it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.machine import description
from bench.modules import Module
from bench.result import HEADER, Result

HEAD = """\
# Benchmarks

Measured by `make bench`, which writes this page, on {date}.

{machine}.

Claude Code is the real one. Claude is the demo model, which answers at once, so that what is measured is ours. Every
baseline was measured in the same run. A budget is a promise: `make bench` fails when one is broken.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one module found."""

    module: Module
    results: Sequence[Result]
    seconds: float
    failure: str = ""


def page(found: Sequence[Measured]) -> str:
    """The page as Markdown: a table for each module."""
    today = datetime.now(UTC).date().isoformat()
    return HEAD.format(date=today, machine=description()) + "\n".join(section(each) for each in found)


def section(measured: Measured) -> str:
    """A heading, the command, and the table of its results."""
    peers = list(dict.fromkeys(result.peer for result in measured.results if result.peer))
    lines = [f"## {measured.module.title}", "", f"    {measured.module.command}", ""]
    if measured.failure:
        lines += [f"In this run it {measured.failure}."]
    if peers:
        lines += [f"Baseline: {'; '.join(peers)}.", ""]
    if measured.results:
        lines += [f"| {' | '.join(HEADER)} |", "|---|---:|---:|---:|---:|---|"]
        lines += [f"| {' | '.join(result.cells)} |" for result in measured.results]
    return "\n".join(lines) + "\n"
