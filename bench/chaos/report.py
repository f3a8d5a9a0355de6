"""What the chaos test found, for people: docs/chaos-test.md."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.chaos.ledger import Chapter, Ledger, Promise
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
- Left over at the end: **{leaks}**.
- Not recovered within two minutes: **{unmended}**.
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
    """The outcome."""

    ledger: Ledger
    lost: list[Promise]
    leaks: list[str]
    has_small_disk: bool
    database: str
    orphans: list[int] = field(default_factory=list)
    """Processes that outlived the deployment."""
    forgotten: list[Promise] = field(default_factory=list)
    """Promises without an end after one more restart."""
    seconds: float = 0.0
    log: str = ""

    @property
    def unmended(self) -> list[str]:
        return [chapter.name for chapter in self.ledger.chapters[2:] if chapter.recovered is None]

    @property
    def is_good(self) -> bool:
        bad = [self.lost, self.forgotten, self.leaks, self.orphans, self.ledger.hung, self.unmended]
        return bool(self.ledger.promises) and not any(bad)

    def text(self) -> str:
        """For the terminal."""
        lines = [f"{len(self.ledger.promises)} prompts accepted in {self.seconds:.0f} s; "]
        lines += [f"LOST: {promise}" for promise in self.lost]
        lines += [f"LOST after a restart: {promise}" for promise in self.forgotten if promise not in self.lost]
        lines += [f"HUNG: {words}" for words in self.ledger.hung]
        lines += [f"LEFT OVER: {words}" for words in self.leaks]
        lines += [f"LEFT OVER after the end: process {pid}" for pid in self.orphans]
        lines += [f"NOT MENDED: {name}" for name in self.unmended]
        crashes = sum("_crashed" in line for line in self.log.splitlines())
        lines += [f"{crashes} requests or turns crashed", "all is well" if self.is_good else "SOMETHING WAS LOST"]
        return "\n".join(lines)


def page(reports: Sequence[Report]) -> str:
    """The reports as Markdown."""
    head = HEAD.format(date=datetime.now(UTC).date().isoformat(), machine=description())
    return head + "".join(map(_run, reports)) + NOTES


def _run(report: Report) -> str:
    chapters = report.ledger.chapters[2:]
    everything: Counter[str] = sum((chapter.counts for chapter in report.ledger.chapters), Counter())
    run = RUN.format(
        database=report.database,
        seconds=report.seconds,
        accepted=len(report.ledger.promises),
        lost=len({promise.turn for promise in (*report.lost, *report.forgotten)}),
        queries=_sum(everything, "query"),
        hung=len(report.ledger.hung),
        leaks=", ".join([*report.leaks, *(f"process {pid}" for pid in report.orphans)]) or "nothing",
        unmended=", ".join(report.unmended) or "nothing",
    )
    disk = "" if report.has_small_disk else "\nThis machine allows no mount, so the disk was not filled.\n"
    return run + disk + ABOUT + "\n".join(map(_line, chapters)) + "\n"


def _line(chapter: Chapter) -> str:
    good = chapter.counts["query 200"] + chapter.counts["query result"]
    again = "—" if chapter.recovered is None else f"{chapter.recovered:.1f} s"
    bad = _sum(chapter.counts, "query") + _sum(chapter.counts, "prompt") - good - chapter.counts["accepted"]
    cells = [chapter.name, f"{chapter.down:.1f} s", again, str(chapter.counts["accepted"]), str(good), str(bad)]
    return f"| {' | '.join(cells)} |"


def _sum(counts: Counter[str], what: str) -> int:
    return sum(count for name, count in counts.items() if name.startswith(f"{what} "))
