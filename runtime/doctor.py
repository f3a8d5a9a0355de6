"""What the `doctor` commands find, and how they print it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check."""

    is_ok: bool
    text: str
    """What was found; if something is wrong, with the fix."""
    is_warning: bool = False
    """Whether the deployment works although the check failed."""

    @property
    def line(self) -> str:
        """The finding as a line for a terminal."""
        mark = "ok  " if self.is_ok else ("note" if self.is_warning else "FAIL")
        return f"{mark}  {self.text}"


def print_findings(findings: Iterable[Finding]) -> int:
    """Prints a line for each finding; returns the exit code, 1 if something must be fixed."""
    exit_code = 0
    for finding in findings:
        print(finding.line)
        if not (finding.is_ok or finding.is_warning):
            exit_code = 1
    return exit_code
