"""`make bench` runs every benchmark, and its page shows every result."""

from pathlib import Path

import pytest

from api.metrics import Metrics
from bench.api_idle import in_memory
from bench.modules import MODULES, Module
from bench.page import Measured, page
from bench.result import Result

BENCH = Path(__file__).parents[2] / "bench"
SEPARATE = {"api_soak"}
"""Benchmarks with their own make target."""


def test_every_module_with_results_is_run() -> None:
    reporting = {file.stem for file in BENCH.glob("*.py") if "import Result, report" in file.read_text()}
    assert sorted(module.name for module in MODULES) == sorted(reporting - SEPARATE)


def test_the_page_names_the_command_and_every_number() -> None:
    result = Result(what="echo", ours=12.5, baseline=25, peer="another", budget=30)
    module = Module("gateway", "The gateway", "5")
    good = Measured(module=module, results=[result], seconds=1)
    bad = Measured(module=Module("hung", "It hung"), results=[], seconds=1, failure="did not end within 240 s")
    text = page([good, bad])
    assert "## The gateway\n\n    python -m bench.gateway 5\n\nBaseline: another.\n" in text
    assert "| echo | 12.5 ms | 25 ms | 0.50x | ≤ 30 ms | kept |" in text
    assert "In this run it did not end within 240 s." in text


def test_the_idle_measurement_reads_the_metrics_of_the_api() -> None:
    metrics = Metrics()
    with pytest.raises(LookupError):
        in_memory(metrics.text().decode())
    metrics.watch("sessions", "Sessions in memory, by state.", "state", lambda: {"idle": 1, "running": 2})
    assert in_memory(metrics.text().decode()) == 3
