"""docs/architecture.md names only paths that exist, and its lists stay short enough to follow."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PATHS = re.compile(r"`((?:[\w.-]+/)+(?:[\w-]+\.\w+)?|\.env\.example|start\.sh)`")
"""Files and folders of the repository; an HTTP path begins with a slash, a package without one ends with it."""
JOURNEYS = ("The life of a prompt", "The life of an event", "The life of a login")
MOST_STATIONS = 10
MOST_FILES = 4


def section(heading: str, level: int = 2) -> str:
    """Returns the text between a heading and the next one of its level or above."""
    text = PAGE.partition(f"\n{'#' * level} {heading}\n")[2]
    return re.split(rf"^#{{1,{level}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def items(text: str, bullet: str) -> list[str]:
    """Returns the items of a list, each with its continuation lines."""
    return [item.strip() for item in re.findall(rf"^{bullet} (.*(?:\n +.*)*)", text, re.MULTILINE)]


def tasks() -> list[str]:
    """Returns the headings below "What to change for…"."""
    return re.findall(r"^### (.+)$", section("What to change for…"), re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(PATHS.findall(PAGE))))
def test_every_named_path_exists(path: str) -> None:
    assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file()


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_has_few_stations_and_no_file_twice(journey: str) -> None:
    stations = items(section(journey), r"\d+\.")
    assert 3 < len(stations) <= MOST_STATIONS
    files = [path for station in stations for path in PATHS.findall(station)]
    assert all(PATHS.match(station) for station in stations), "a station begins with its file"
    assert len(set(files)) == len(files)
    assert not [path for path in files if path.endswith("/")], "a station is a file, not a folder"


@pytest.mark.parametrize("task", tasks())
def test_a_change_takes_few_files(task: str) -> None:
    steps = items(section(task, 3), "-")
    assert all(PATHS.match(step) for step in steps), "a step begins with its file"
    files = {path for step in steps for path in PATHS.findall(step)}
    assert 0 < len(files) <= MOST_FILES


def test_the_common_tasks_are_there() -> None:
    assert tasks() == ["A new event", "A new route", "A new setting", "A new widget"]
