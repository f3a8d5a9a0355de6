"""The tree keeps its layout: modules of a useful size, the SDK in one package, and plain names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "auth", "runtime", "tui")
FOLDERS = ("api", "auth", "bench", "container", "demo", "runtime", "tests", "tui")
MOST_SMALL_MODULES = 30
SMALL_LINES = 30
MOST_SDK_MODULES = 26
MOST_LINES = 355
SOURCE = (".py", ".js", ".css", ".tcss", ".html", ".sh")
OLD_NAMES = {
    "api": """
        Voice Journal Deltas Seat Workshop Runner Cli Launch Starter Workers Line Place Slots Host Residents Parking
        Handover Admission Past Memory Mirror Outcome Offer Fence Gate Answers
        voice journal deltas seat workshop cli launch starter workers line slots host residents parking handover
        admission past beginnings underway memory mirror patience outcome offer handed accounts fence gate answers
    """,
    "auth": """
        Door Room Look Visit Post Keyring Trouble Site
        door doors room rooms look visit relay wire weak presence agents letters post invite keyring news trouble upkeep
        errand errands site
    """,
    "bench": "House Ledger Place Chapter Promise house door drill ledger place",
    "runtime": "Trouble trouble upkeep errands",
    "tests": "House Team Talk Line Seat Doors Visit Wire house rooms drill parts zygote team talk seat doors",
    "tui": """
        Talk Talks Outlook Claim Page Said Thought Noticed Ended Touched Grew Outbox Spares
        talk talks outlook claim linear said thought noticed ended touched grew outbox join spares dress visit wire
    """,
}
"""Names of modules and classes that the glossary replaced."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def names(package: str) -> Iterator[tuple[str, Path]]:
    """Yields the names of the package's folders, modules and classes."""
    for path in modules(package):
        yield path.stem, path
        yield path.parent.name, path
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield node.name.strip("_"), path


def test_few_modules_are_tiny() -> None:
    small = [path for package in PACKAGES for path in modules(package) if lines(path) < SMALL_LINES]
    assert len([path for path in small if path.name != "__init__.py"]) <= MOST_SMALL_MODULES


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_source_file_is_long(folder: str) -> None:
    paths = [path for path in (ROOT / folder).rglob("*") if path.suffix in SOURCE and "vendor" not in path.parts]
    assert paths
    assert [str(path.relative_to(ROOT)) for path in paths if lines(path) > MOST_LINES] == []


def test_the_sdk_adapter_has_few_modules() -> None:
    assert len(modules("api/claude")) <= MOST_SDK_MODULES


@pytest.mark.parametrize("package", OLD_NAMES)
def test_no_old_name_is_used(package: str) -> None:
    old = set(OLD_NAMES[package].split())
    assert [(name, str(path.relative_to(ROOT))) for name, path in names(package) if name in old] == []
