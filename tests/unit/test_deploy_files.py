"""Every file in deploy/ parses, uses existing settings, and has the right port and health path."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.deploy import DEPLOY, FILES, Json, is_data, parse
from tests.support.process import ROOT

PLATFORM_VARIABLE = re.compile(r"WEBSITES_[A-Z_]+|POD_NAME|POSTGRES_(USER|PASSWORD)")
"""Variables for the platform, not for the container."""


@cache
def settings() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))


def variables(node: Json, key: str = "") -> Iterator[str]:
    """Yields the names of all environment variables in a document, in every notation."""
    if isinstance(node, dict):
        names = [node[word] for word in ("name", "key") if isinstance(node.get(word), str)]
        yield from (name for name in names if re.fullmatch(r"[A-Z][A-Z0-9_]+", name))
        for word, value in node.items():
            if re.fullmatch(r"[A-Z][A-Z0-9_]+", str(word)):
                yield str(word)
            yield from variables(value, str(word))
    elif isinstance(node, list):
        for entry in node:
            yield from variables(entry, key)


@pytest.mark.parametrize("path", [path for path in FILES if is_data(path)], ids=lambda path: path.name)
def test_it_parses_and_names_only_existing_settings(path: Path) -> None:
    documents = parse(path)
    assert documents
    named = {name for found in documents for name in variables(found) if not PLATFORM_VARIABLE.fullmatch(name)}
    assert named <= settings() | {"ALL", "CHOWN", "KILL", "SETGID", "SETUID"}


@pytest.mark.parametrize("path", [path for path in FILES if is_data(path)], ids=lambda path: path.name)
def test_it_has_the_right_port_and_path(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"/healthz|/ready\b|/ping\b", text)
    for port in re.findall(r"(?:containerPort|targetPort|internal_port|http_port)[\"']?\s*[:=]\s*(\d+)", text):
        assert port in ("8080", "8081")  # the gateway, and REPLICA_URL


def test_every_linked_file_exists_and_every_file_is_linked() -> None:
    page = (DEPLOY / "README.md").read_text()
    linked = set(re.findall(r"\]\(([^)#:]+)\)", page))
    for name in linked:
        assert (DEPLOY / name).exists(), name
    for path in FILES:
        name = str(path.relative_to(DEPLOY))
        assert name == "README.md" or any(name == link or name.startswith(f"{link}/") for link in linked), name
