"""The files for GitHub and pre-commit match their schemas and run existing make targets."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def check_schema(schema: str, *files: Path) -> None:
    """Checks files against a schema of check-jsonschema."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_the_workflows_match_their_schema() -> None:
    assert WORKFLOWS
    check_schema("github-workflows", *WORKFLOWS)


def test_the_dependabot_file_matches_its_schema() -> None:
    check_schema("dependabot", ROOT / ".github" / "dependabot.yml")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_the_workflows_run_existing_targets(workflow: Path) -> None:
    text = workflow.read_text()
    named = set(re.findall(r"run: make ([a-z-]+)", text))
    listed = re.search(r"target: \[(.*)\]", text)
    named |= set(listed[1].split(", ")) if listed else set()
    assert named
    assert named <= TARGETS


def test_pre_commit_runs_installed_programs() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    programs = [ROOT / hook["entry"].split()[0] for hook in hooks]
    assert [program for program in programs if not Path(sys.executable).with_name(program.name).exists()] == []
