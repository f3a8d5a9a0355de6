"""Parses the files of deploy/."""

import json
import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.support.process import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
COMPOSE = [path for path in FILES if "compose" in path.name]

Json = Any  # parsed files have every shape


def parse(path: Path) -> list[Json]:
    """Returns the documents in a JSON, TOML or YAML file."""
    text = path.read_text()
    if path.suffix == ".json":
        return [json.loads(text)]
    if path.suffix == ".toml":
        return [tomllib.loads(text)]
    return list(yaml.safe_load_all(text))


def is_data(path: Path) -> bool:
    """Whether `parse` can read the file."""
    return path.suffix in (".json", ".toml", ".yaml", ".yml")


def document(name: str, kind: str) -> Json:
    """Returns the document of that Kubernetes kind."""
    return next(found for found in parse(DEPLOY / name) if found["kind"] == kind)
