"""The result of a measurement. Every benchmark module ends with `sys.exit(report([Result(…), …]))`."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = "BENCH_RESULTS"
"""The environment variable with the file to which the results are appended as JSON lines for `python -m bench`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A number and what it is compared with."""

    what: str
    ours: float
    unit: str = "ms"
    baseline: float | None = None
    """The number of the peer, measured in the same run."""
    peer: str = ""
    """A few words that name the peer."""
    budget: float | None = None
    """The maximum of `ours`, or the minimum if more is better."""
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Our number divided by the baseline."""
        return self.ours / self.baseline if self.baseline else None

    @property
    def is_kept(self) -> bool:
        if self.budget is None:
            return True
        return self.ours >= self.budget if self.more_is_better else self.ours <= self.budget

    @property
    def cells(self) -> list[str]:
        """The cells of its table row: what, ours, baseline, ratio, budget, verdict."""
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
    """Prints the results as a table and appends them to the file in RESULTS; returns 1 if a budget is broken."""
    print(table([HEADER, *(result.cells for result in results)]), flush=True)
    if path := os.environ.get(RESULTS):
        with Path(path).open("a") as file:
            file.writelines(json.dumps(asdict(result)) + "\n" for result in results)
    return 0 if all(result.is_kept for result in results) else 1


def table(lines: Sequence[Sequence[str]]) -> str:
    """Formats the lines as a table with numbers aligned to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
