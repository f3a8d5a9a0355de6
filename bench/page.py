"""Writes docs/benchmarks.md: the results of one run, each with the command that repeats it."""

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

The benchmarks run the real Claude Code on the demo model, which answers immediately, so the times are those of this
product. Each baseline is measured in the same run. `make bench` fails if a result misses its budget.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The results of one module."""

    module: Module
    results: Sequence[Result]
    seconds: float
    failure: str = ""


def page(found: Sequence[Measured]) -> str:
    """Returns the page as Markdown, with a table for each module."""
    today = datetime.now(UTC).date().isoformat()
    return HEAD.format(date=today, machine=description()) + "\n".join(section(each) for each in found)


def section(measured: Measured) -> str:
    """Returns a heading, the command, and the table of results."""
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
