"""The project, the image and the changelog have the same version."""

import re
import tomllib
from pathlib import Path

from api.versions import own_version

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_image_has_the_version_of_the_project() -> None:
    found = re.search(r"^ARG VERSION=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    assert found[1] == VERSION


def test_the_changelog_has_the_version_with_a_date_below_unreleased_changes() -> None:
    headings = re.findall(
        r"^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert headings[0] == ("Unreleased", "")
    name, date = headings[1]
    assert name == VERSION
    assert date


def test_the_running_program_reports_the_version() -> None:
    assert own_version() == VERSION
