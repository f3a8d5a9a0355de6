"""Counts and measures what the service does, for `GET /metrics`."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.schema import Usage

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.credentials_refused = False
        """Whether Claude's API has refused the credentials, and no turn has succeeded since."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._turns = Counter("claude_turns", "Finished turns.", ["origin", "outcome"], registry=self._registry)
        self._errors = Counter("claude_turn_errors", "Turns that failed, by code.", ["code"], registry=self._registry)
        self._duration = self._histogram("claude_turn_duration_seconds", "From a turn's start to its end.")
        self._first_token = self._histogram(
            "claude_time_to_first_token_seconds", "From a prompt to the first text of its answer."
        )
        self._wait = self._histogram("claude_queue_wait_seconds", "How long callers waited for a Claude Code process.")
        self._tokens = Counter("claude_tokens", "Tokens, by kind.", ["kind"], registry=self._registry)
        self._cost = Counter("claude_cost_usd", "What the turns cost, in US dollars.", registry=self._registry)
        self._refusals = Counter(
            "claude_limit_refusals", "Turns refused, by limit.", ["limit"], registry=self._registry
        )
        self._spent = Gauge(
            "claude_day_cost_usd", "What all users' turns cost today (UTC), at all replicas.", registry=self._registry
        )
        self._starts = Counter(
            "claude_cli_starts", "Claude Code processes started.", ["reason"], registry=self._registry
        )

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(name, text, buckets=_SECONDS, registry=self._registry)

    def turn_finished(
        self,
        *,
        origin: str,
        seconds: float,
        cost_usd: float,
        usage: Usage,
        code: str | None = None,
        first_token_seconds: float | None = None,
    ) -> None:
        """Records the end of a turn.

        Args:
            origin: `session` or `query`.
            code: the code of the error, or `interrupted`; None if the turn succeeded.
            first_token_seconds: None if the turn had no text.
        """
        outcome = "ok" if code is None else "interrupted" if code == "interrupted" else "error"
        self._turns.labels(origin, outcome).inc()
        if code == "model_authentication":
            self.credentials_refused = True
        elif code is None:
            self.credentials_refused = False
        if outcome == "error":
            self._errors.labels(code).inc()
        self._duration.observe(seconds)
        if first_token_seconds is not None:
            self._first_token.observe(first_token_seconds)
        self._cost.inc(max(cost_usd, 0))
        for kind in ("input", "output", "cache_read_input", "cache_creation_input"):
            self._tokens.labels(kind).inc(max(getattr(usage, f"{kind}_tokens"), 0))

    def limit_refused(self, limit: str) -> None:
        """Counts a turn that was refused at a limit: `budget` or `turns`."""
        self._refusals.labels(limit).inc()

    def spent_today(self, cost_usd: float) -> None:
        """Sets the cost of today's turns."""
        self._spent.set(cost_usd)

    def waited(self, seconds: float) -> None:
        """Records how long a caller waited for a process."""
        self._wait.observe(seconds)

    def cli_started(self, reason: str) -> None:
        """Counts a start of Claude Code, by reason: `session`, `resume`, `worker` or `query`."""
        self._starts.labels(reason).inc()

    def watch(self, name: str, text: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        """Adds a gauge whose values are read when the metrics are requested, such as the sessions by state.

        Args:
            name: the name without the common prefix.
            read: returns the gauge's values by the label's values.
        """
        self._registry.register(_Watched(f"claude_{name}", text, label, read))

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Watched(Collector):
    def __init__(self, name: str, text: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        self._name, self._text, self._label, self._read = name, text, label, read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._text, labels=[self._label])
        for value, number in self._read().items():
            family.add_metric([value], number)
        yield family
