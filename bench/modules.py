"""The benchmarks of `make bench` in their order; together they take less than ten minutes on two cores."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Module:
    """A benchmark module of bench/."""

    name: str
    title: str
    """Its heading in docs/benchmarks.md."""
    numbers: str = ""
    """The arguments of its command."""

    @property
    def command(self) -> str:
        return f"python -m bench.{self.name} {self.numbers}".rstrip()


MODULES = (
    Module("tui_append", "One more delta in a long answer"),
    Module("tui_typing", "A key press while an answer streams"),
    Module("tui_scale", "Long conversations and long outputs"),
    Module("tui_opening", "Opening a long conversation"),
    Module("tui_start", "The first screen in a terminal"),
    Module("page_serve", "The page in Chromium, through the gateway"),
    Module("gateway", "The gateway and the whole deployment"),
    Module("api_query", "POST /query", "12"),
    Module("api_streams", "Many sessions at once", "50 8"),
    Module("api_idle", "Parked sessions", "200"),
    Module("replicas", "More than one replica"),
)
