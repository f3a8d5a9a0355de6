"""One version everywhere: the project, the image, the changelog."""

import re
import tomllib
from pathlib import Path

from api.versions import own_version

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_image_says_the_version_of_the_project() -> None:
    said = re.search(r"^ARG VERSION=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert said
    assert said[1] == VERSION


def test_the_changelog_has_the_version_with_a_date_below_what_is_unreleased() -> None:
    headings = re.findall(
        r"^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert headings[0] == ("Unreleased", "")
    name, date = headings[1]
    assert name == VERSION
    assert date


def test_the_running_program_says_it_too() -> None:
    assert own_version() == VERSION
