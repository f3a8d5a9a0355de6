"""The record of a chaos test: the accepted prompts, and the measurements during each fault."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class AcceptedPrompt:
    """A prompt that was answered with 202."""

    session: str
    turn: str
    prompt: str
    during: str
    """The name of the phase in which it was accepted."""


@dataclass(slots=True, kw_only=True)
class Phase:
    """What was measured during one fault."""

    name: str
    seconds: float = 0.0
    down: float = 0.0
    """Seconds in which /health was not 200."""
    recovered: float | None = None
    """Seconds from the end of the fault until everything works again; None if it did not recover in time."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many calls had each result."""


@dataclass(slots=True, kw_only=True)
class Record:
    """Everything that a chaos test recorded."""

    accepted: dict[str, AcceptedPrompt] = field(default_factory=dict)
    """The accepted prompts by turn."""
    phases: list[Phase] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    """Calls that got neither an answer nor an error."""

    @property
    def phase(self) -> Phase:
        """The current phase."""
        return self.phases[-1]

    def begin_phase(self, name: str) -> Phase:
        """Starts the next phase."""
        self.phases.append(Phase(name=name))
        return self.phase

    def count(self, what: str) -> None:
        """Counts a result in the current phase."""
        self.phase.counts[what] += 1

    def accept(self, session: str, turn: str, prompt: str) -> None:
        """Records an accepted prompt."""
        self.accepted[turn] = AcceptedPrompt(session=session, turn=turn, prompt=prompt, during=self.phase.name)
        self.count("accepted")
