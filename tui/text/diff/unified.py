"""Makes unified diffs, and reads them as rows with line numbers."""

import difflib
import re
from dataclasses import dataclass, field

from tui.text.diff.align import align

MAX_LINES = 20_000
"""Lines of both texts together; comparing more takes too long."""
_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of one side or of both."""

    old_number: int | None = None
    new_number: int | None = None
    old: str | None = None
    new: str | None = None

    @property
    def is_context(self) -> bool:
        return self.old is not None and self.new is not None and self.old == self.new


@dataclass(slots=True)
class Hunk:
    header: str
    """The text after the second `@@`, which names a function."""
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Diff:
    path: str = ""
    hunks: list[Hunk] = field(default_factory=list)
    added: int = 0
    removed: int = 0

    @property
    def summary(self) -> str:
        """Such as `+3 -1`."""
        return f"+{self.added} -{self.removed}"


class _Run:
    """Collects removed and added lines that follow each other."""

    def __init__(self) -> None:
        self.old: list[tuple[int, str]] = []
        self.new: list[tuple[int, str]] = []

    def rows(self) -> list[Row]:
        pairs = align([text for _, text in self.old], [text for _, text in self.new])
        rows = [self._row(before, after) for before, after in pairs]
        self.old.clear()
        self.new.clear()
        return rows

    def _row(self, before: int | None, after: int | None) -> Row:
        old_number, old = self.old[before] if before is not None else (None, None)
        new_number, new = self.new[after] if after is not None else (None, None)
        return Row(old_number=old_number, old=old, new_number=new_number, new=new)


def parse_diff(text: str, path: str = "") -> Diff:
    """Reads a unified diff; skips lines outside of hunks."""
    diff = Diff(path)
    run = _Run()
    hunk: Hunk | None = None
    old = new = 0
    for line in text.split("\n"):
        if match := _HUNK.match(line):
            if hunk is not None:
                hunk.rows += run.rows()
            hunk = Hunk(match[3].strip())
            diff.hunks.append(hunk)
            old, new = int(match[1]), int(match[2])
        elif hunk is None:
            if line.startswith("+++ ") and not diff.path:
                diff.path = line[4:].removeprefix("b/")
        elif line.startswith("-"):
            run.old.append((old, line[1:]))
            old += 1
            diff.removed += 1
        elif line.startswith("+"):
            run.new.append((new, line[1:]))
            new += 1
            diff.added += 1
        elif line.startswith(" ") or not line:
            hunk.rows += run.rows()
            if line:
                hunk.rows.append(Row(old_number=old, new_number=new, old=line[1:], new=line[1:]))
                old, new = old + 1, new + 1
    if hunk is not None:
        hunk.rows += run.rows()
    return diff


def unified_diff(old: str, new: str, path: str = "", context: int = 3) -> str:
    """Makes a unified diff. For very long texts it only adds the new text, because comparing takes quadratic time."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > MAX_LINES:
        return f"--- {path}\n+++ {path}\n@@ -1,{len(before)} +1,{len(after)} @@\n" + "\n".join(f"+{x}" for x in after)
    return "\n".join(difflib.unified_diff(before, after, path, path, lineterm="", n=context))
