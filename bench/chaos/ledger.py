"""What was promised during the chaos test, and what was seen of it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Promise:
    """A prompt that was answered with 202."""

    session: str
    turn: str
    prompt: str
    during: str
    """The fault at that moment."""


@dataclass(slots=True, kw_only=True)
class Chapter:
    """One fault, and how the deployment took it."""

    name: str
    seconds: float = 0.0
    down: float = 0.0
    """Seconds in which /health was not 200."""
    recovered: float | None = None
    """Seconds from the end of the cause until everything works again by itself; None: it did not in time."""
    counts: Counter[str] = field(default_factory=Counter)
    """What callers did meanwhile, and what came of it."""


@dataclass(slots=True, kw_only=True)
class Ledger:
    """All of it."""

    promises: dict[str, Promise] = field(default_factory=dict)
    """By turn."""
    chapters: list[Chapter] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    """Calls that got neither an answer nor an error."""

    @property
    def now(self) -> Chapter:
        return self.chapters[-1]

    def begin(self, name: str) -> Chapter:
        """Opens the next chapter."""
        self.chapters.append(Chapter(name=name))
        return self.now

    def count(self, what: str) -> None:
        self.now.counts[what] += 1

    def promise(self, session: str, turn: str, prompt: str) -> None:
        """Notes an accepted prompt."""
        self.promises[turn] = Promise(session=session, turn=turn, prompt=prompt, during=self.now.name)
        self.count("accepted")
