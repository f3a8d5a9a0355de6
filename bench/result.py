"""What a measurement found. Every module of bench/ ends with `sys.exit(report([Result(…), …]))`; so does yours."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = "BENCH_RESULTS"
"""The variable that names the file in which `python -m bench` wants the results as JSON lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One number, beside what it is compared with."""

    what: str
    ours: float
    unit: str = "ms"
    baseline: float | None = None
    """The peer's number, measured in the same run."""
    peer: str = ""
    """Who the peer is, in a few words."""
    budget: float | None = None
    """The most that `ours` may be, or the least when more is better; a share of the baseline is computed before."""
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours for one of the peer's."""
        return self.ours / self.baseline if self.baseline else None

    @property
    def is_kept(self) -> bool:
        if self.budget is None:
            return True
        return self.ours >= self.budget if self.more_is_better else self.ours <= self.budget

    @property
    def cells(self) -> list[str]:
        """The columns of its line: what, ours, baseline, ratio, budget, verdict."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}x"
        bound = "≥" if self.more_is_better else "≤"
        budget = "" if self.budget is None else f"{bound} {self._number(self.budget)}"
        verdict = "" if self.budget is None else "kept" if self.is_kept else "BROKEN"
        baseline = "" if self.baseline is None else self._number(self.baseline)
        return [self.what, self._number(self.ours), baseline, ratio, budget, verdict]

    def _number(self, value: float) -> str:
        digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
        return f"{value:,.{digits}f} {self.unit}".rstrip()


HEADER = ["", "ours", "baseline", "ratio", "budget", "verdict"]


def report(results: Sequence[Result]) -> int:
    """Prints the table and hands the results to `python -m bench`; 1 when a budget is broken."""
    print(table([HEADER, *(result.cells for result in results)]), flush=True)
    if path := os.environ.get(RESULTS):
        with Path(path).open("a") as file:
            file.writelines(json.dumps(asdict(result)) + "\n" for result in results)
    return 0 if all(result.is_kept for result in results) else 1


def table(lines: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they must be, numbers to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
