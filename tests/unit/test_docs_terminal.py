"""docs/terminal.md lists exactly the keys and commands of the app."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import tui
from tui.__main__ import read_arguments
from tui.commands.catalog import ALIASES, COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "terminal.md").read_text()
PLACES = {
    "ClaudeApp": "Everywhere",
    "ChatScreen": "In a conversation",
    "ItemView": "In the messages",
    "ConversationView": "In the messages",
    "TurnSummaryView": "In the messages",
    "AssistantTextView": "In the messages",
    "QuestionPanel": "When Claude asks",
    "SessionsScreen": "In the list of sessions",
}
"""The section that describes the keys of each class; small dialogs, which only have Back, have none."""
DIALOGS = {"PickScreen", "RenameScreen", "TextScreen"}
ELSEWHERE = {
    "In the list of sessions": {"enter"},  # Textual's list binds it
}
"""Keys that a section describes although the app does not bind them."""
CHECKED = ("Everywhere", "In a conversation", "In the messages", "In the list of sessions")
"""Sections whose keys must all be bound; the prompt and the requests handle keys without bindings."""


def bindings() -> dict[str, set[str]]:
    """Returns the keys that each class of the app binds."""
    found: dict[str, set[str]] = {}
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if module.name.endswith("__main__") or module.name in ("tui.widgets.showcase", "tui.web_driver"):
            continue
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and issubclass(kind, DOMNode) and kind.__module__.startswith("tui."):
                own = kind.__dict__.get("BINDINGS", [])
                keys = [binding.key if isinstance(binding, Binding) else binding[0] for binding in own]
                if keys:
                    found[kind.__name__] = {key for several in keys for key in several.split(",")}
    return found


def described(section: str) -> set[str]:
    """Returns the keys in the first column of a section's table, with Textual's names."""
    text = PAGE.partition(f"### {section}\n")[2]
    text = re.split(r"^##", text, maxsplit=1, flags=re.MULTILINE)[0]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    keys = {key.lower() for cell in cells for key in re.findall(r"`([^`]+)`", cell)}
    return {"G" if key == "shift+g" else key for key in keys}


def test_every_class_with_keys_has_a_section() -> None:
    assert set(bindings()) == set(PLACES) | DIALOGS


@pytest.mark.parametrize("kind", PLACES)
def test_every_key_of_the_app_is_described(kind: str) -> None:
    assert bindings()[kind] <= described(PLACES[kind])


@pytest.mark.parametrize("section", CHECKED)
def test_every_described_key_is_bound(section: str) -> None:
    bound = {key for kind, keys in bindings().items() if PLACES.get(kind) == section for key in keys}
    assert described(section) == bound | ELSEWHERE.get(section, set())


def test_exactly_the_existing_commands_are_described() -> None:
    table = PAGE.partition("## Commands\n")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `/")]
    commands = [row.split("` |")[0].removeprefix("| `").replace("\\|", "|") for row in rows]
    assert commands == [f"/{command.name} {command.argument}".strip() for command in COMMANDS]
    aliases = {alias: rows_name for rows_name, row in zip(COMMANDS, rows, strict=True) for alias in _also(row)}
    assert {alias: command.name for alias, command in aliases.items()} == ALIASES


def _also(row: str) -> list[str]:
    return re.findall(r"[Aa]lso `/(\w+)`", row)


@pytest.mark.parametrize("words", [["-c"], ["--continue"], ["-r", "x"], ["--resume"], ["--ax-screen-reader"]])
def test_every_described_argument_is_accepted(words: list[str]) -> None:
    read_arguments(words)
    assert f"`{words[0]}" in PAGE
