"""Writes the result of the chaos test as text and as docs/chaos-test.md."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.chaos.record import AcceptedPrompt, Phase, Record
from bench.machine import description

HEAD = """\
# The chaos test

`make chaos-test` starts the whole deployment and puts load on all of it at once: sessions with their events, `POST
/query` with and without streaming, browser tabs, and `/health`. Then it injects faults: it kills programs with SIGKILL,
pauses them, fills the disk, and takes away their file descriptors and memory. After each fault it waits, without
intervening, until everything works again. At the end every prompt that was accepted with 202 must have exactly one end
in its session, also after one more restart, and no process, file or socket may be left over.

The test runs once for each supported database. These are the runs of {date}, on {machine}.
"""
RUN = """
## With {database}

In {seconds:.0f} s:

- {accepted} prompts were accepted; **{lost}** of them have no end, or more than one.
- {queries} queries were answered or refused; **{hung}** got neither an answer nor an error.
- Resources over at the end: **{leaks}**.
- Not recovered within two minutes: **{unrecovered}**.
"""
ABOUT = """
| fault | `/health` not 200 | everything works again after | prompts accepted | queries answered | refused, cut off |
|---|---:|---:|---:|---:|---:|
"""
NOTES = """
"Cut off" counts answers whose connection ended because the program that carried it was killed; the caller notices at
once and can retry. The session continues either way: its client reconnects with `Last-Event-ID`. The time until
everything works again includes a query, a turn in a new session and a new browser tab, all of which wait their turn
behind the load. When supervisord itself is killed, the test restarts the deployment, as the restart policy of Docker or
Kubernetes would. The empty files that a killed Claude Code leaves in its temporary folder are not counted.
"""


@dataclass(slots=True, kw_only=True)
class Report:
    """The result of one run."""

    record: Record
    lost: list[AcceptedPrompt]
    leaks: list[str]
    has_small_disk: bool
    database: str
    orphans: list[int] = field(default_factory=list)
    """Processes that outlived the deployment."""
    lost_after_restart: list[AcceptedPrompt] = field(default_factory=list)
    """Accepted prompts without exactly one end after another restart."""
    seconds: float = 0.0
    log: str = ""

    @property
    def unrecovered(self) -> list[str]:
        return [phase.name for phase in self.record.phases[2:] if phase.recovered is None]

    @property
    def is_good(self) -> bool:
        bad = [self.lost, self.lost_after_restart, self.leaks, self.orphans, self.record.hung, self.unrecovered]
        return bool(self.record.accepted) and not any(bad)

    def text(self) -> str:
        """Returns the result for the terminal."""
        lines = [f"{len(self.record.accepted)} prompts accepted in {self.seconds:.0f} s"]
        lines += [f"LOST: {prompt}" for prompt in self.lost]
        lines += [f"LOST after a restart: {prompt}" for prompt in self.lost_after_restart if prompt not in self.lost]
        lines += [f"HUNG: {call}" for call in self.record.hung]
        lines += [f"LEFT OVER: {leak}" for leak in self.leaks]
        lines += [f"LEFT OVER after the end: process {pid}" for pid in self.orphans]
        lines += [f"NOT RECOVERED: {name}" for name in self.unrecovered]
        crashes = sum("_crashed" in line for line in self.log.splitlines())
        lines += [f"{crashes} requests or turns crashed", "passed" if self.is_good else "FAILED"]
        return "\n".join(lines)


def page(reports: Sequence[Report]) -> str:
    """Returns the reports as a Markdown page."""
    head = HEAD.format(date=datetime.now(UTC).date().isoformat(), machine=description())
    return head + "".join(map(_run, reports)) + NOTES


def _run(report: Report) -> str:
    phases = report.record.phases[2:]
    counts: Counter[str] = sum((phase.counts for phase in report.record.phases), Counter())
    run = RUN.format(
        database=report.database,
        seconds=report.seconds,
        accepted=len(report.record.accepted),
        lost=len({prompt.turn for prompt in (*report.lost, *report.lost_after_restart)}),
        queries=_sum(counts, "query"),
        hung=len(report.record.hung),
        leaks=", ".join([*report.leaks, *(f"process {pid}" for pid in report.orphans)]) or "nothing",
        unrecovered=", ".join(report.unrecovered) or "nothing",
    )
    disk = "" if report.has_small_disk else "\nThis machine does not allow mounts, so the disk was not filled.\n"
    return run + disk + ABOUT + "\n".join(map(_line, phases)) + "\n"


def _line(phase: Phase) -> str:
    good = phase.counts["query 200"] + phase.counts["query result"]
    again = "—" if phase.recovered is None else f"{phase.recovered:.1f} s"
    bad = _sum(phase.counts, "query") + _sum(phase.counts, "prompt") - good - phase.counts["accepted"]
    cells = [phase.name, f"{phase.down:.1f} s", again, str(phase.counts["accepted"]), str(good), str(bad)]
    return f"| {' | '.join(cells)} |"


def _sum(counts: Counter[str], what: str) -> int:
    return sum(count for name, count in counts.items() if name.startswith(f"{what} "))
