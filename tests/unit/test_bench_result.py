"""The verdict on a measurement and its exit code."""

import json
from pathlib import Path

import pytest

from bench.result import RESULTS, Result, report


@pytest.mark.parametrize(
    ("ours", "budget", "more", "kept"),
    [
        (10, None, False, True),
        (10, 10, False, True),
        (10.1, 10, False, False),
        (9, 10, True, False),
        (10, 10, True, True),
    ],
)
def test_a_budget_includes_its_limit(ours: float, budget: float | None, more: bool, kept: bool) -> None:
    assert Result(what="x", ours=ours, budget=budget, more_is_better=more).is_kept is kept


def test_a_broken_budget_is_printed_and_returned(capsys: pytest.CaptureFixture[str]) -> None:
    good = Result(what="echo", ours=12.34, baseline=24.68, peer="another", budget=30)
    assert report([good]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == [
        "echo",
        "12.3",
        "ms",
        "24.7",
        "ms",
        "0.50x",
        "≤",
        "30",
        "ms",
        "kept",
    ]
    assert report([good, Result(what="words", ours=99, unit="", budget=100, more_is_better=True)]) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_results_are_appended_to_the_file_of_make_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RESULTS, str(tmp_path / "results"))
    result = Result(what="echo", ours=12.5)
    report([result])
    report([result])
    lines = (tmp_path / "results").read_text().splitlines()
    assert [Result(**json.loads(line)) for line in lines] == [result, result]
