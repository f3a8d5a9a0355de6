"""Rules that import-linter cannot check: where the environment is read, and where the SDK is imported."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("api", "auth", "demo", "tui")
READS_ENVIRONMENT = {"settings.py", "api/claude/environment.py"}
"""The settings of every service, and the module that builds the environment of a Claude Code process."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def uses(path: Path, *names: str) -> Iterator[str]:
    """Yields the places where a module uses one of these names, as an attribute or an import."""
    for node in ast.walk(ast.parse(path.read_text())):
        named = node.attr if isinstance(node, ast.Attribute) else node.name if isinstance(node, ast.alias) else None
        if named in names:
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize("service", [*SERVICES, "runtime"])
def test_only_settings_read_the_environment(service: str) -> None:
    others = [
        path
        for path in modules(service)
        if path.name not in READS_ENVIRONMENT and str(path.relative_to(ROOT)) not in READS_ENVIRONMENT
    ]
    assert others
    assert [found for path in others for found in uses(path, "environ", "getenv", "environb")] == []


def test_only_api_claude_imports_the_sdk() -> None:
    packages = (*SERVICES, "container", "runtime")
    found = [path for package in packages for path in modules(package) if list(imports(path, "claude_agent_sdk"))]
    assert found
    assert {path.parent for path in found} == {ROOT / "api" / "claude"}


def imports(path: Path, package: str) -> Iterator[str]:
    """Yields the module's imports from a package."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == package)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
            yield str(node.module)
