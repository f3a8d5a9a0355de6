"""What import-linter cannot see: who reads the environment, and that its contracts forget no module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "auth", "demo", "tui")
READS_ENVIRONMENT = {"settings.py", "api/claude/environment.py"}
"""Every room's settings; and what hands a Claude Code process its own environment."""

MOVING = {ROOT / "api" / name for name in ("processes", "sessions", "turns")}
"""Packages that still import the SDK while their code moves to api/claude."""


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def uses(path: Path, *names: str) -> Iterator[str]:
    """Where a module uses one of these names, of `os` or imported from it."""
    for node in ast.walk(ast.parse(path.read_text())):
        named = node.attr if isinstance(node, ast.Attribute) else node.name if isinstance(node, ast.alias) else None
        if named in names:
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize("room", ROOMS)
def test_only_settings_read_the_environment(room: str) -> None:
    others = [
        path
        for path in modules(room)
        if path.name not in READS_ENVIRONMENT and str(path.relative_to(ROOT)) not in READS_ENVIRONMENT
    ]
    assert others
    assert [found for path in others for found in uses(path, "environ", "getenv", "environb")] == []


def test_only_the_folder_for_it_imports_the_sdk() -> None:
    found = [path for room in ROOMS for path in modules(room) if list(imports(path, "claude_agent_sdk"))]
    assert found
    assert {path.parent for path in found} - MOVING == {ROOT / "api" / "claude"}


def imports(path: Path, package: str) -> Iterator[str]:
    """What a module imports of a package."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == package)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
            yield str(node.module)
