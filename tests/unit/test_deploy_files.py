"""Every file in deploy/ parses, fits its platform's schema where there is one, and speaks of settings that exist."""

import copy
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no stubs in the lock
import kubernetes_validate  # type: ignore[import-untyped]  # brings no types
import pytest
import yaml

from tests.parts.process import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
COMPOSE = [path for path in FILES if "compose" in path.name and "services:" in path.read_text()]
KUBERNETES_VERSION = "1.33"
OWN_KINDS = {"BackendConfig", "ManagedCertificate", "FrontendConfig"}
"""Google's, which Kubernetes itself has no schema of."""
OF_PLATFORMS = re.compile(r"WEBSITES_[A-Z_]+")
"""Variables that the platform reads, not we."""

Json = Any  # parsed files have every shape


def parse(path: Path) -> list[Json]:
    """The documents in a file."""
    text = path.read_text()
    if path.suffix == ".json":
        return [json.loads(text)]
    if path.suffix == ".toml":
        return [tomllib.loads(text)]
    return list(yaml.safe_load_all(text))


def is_data(path: Path) -> bool:
    return path.suffix in (".json", ".toml", ".yaml", ".yml", ".config")


def document(name: str, kind: str) -> Json:
    return next(found for found in parse(DEPLOY / name) if found["kind"] == kind)


@cache
def settings() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))


def variables(node: Json, key: str = "") -> Iterator[str]:
    """The names of all environment variables in a document, whichever way it writes them."""
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
def test_it_parses_and_names_only_settings_that_exist(path: Path) -> None:
    documents = parse(path)
    assert documents
    named = {name for found in documents for name in variables(found) if not OF_PLATFORMS.fullmatch(name)}
    assert named <= settings() | {"ALL", "CHOWN", "KILL", "SETGID", "SETUID"}


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_compose_files_fit_the_compose_specification(path: Path) -> None:
    schemas = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text())
    jsonschema.validate(parse(path)[0], schema)


@pytest.mark.parametrize("name", ["kubernetes.yaml", "gke.yaml"])
def test_manifests_fit_kubernetes(name: str) -> None:
    for found in parse(DEPLOY / name):
        if found["kind"] not in OWN_KINDS:
            kubernetes_validate.validate(found, KUBERNETES_VERSION, strict=True)


def test_the_deployment_fits_the_restricted_standard() -> None:
    pod = document("kubernetes.yaml", "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_patch_for_separate_users_fits_the_deployment() -> None:
    deployment = copy.deepcopy(document("kubernetes.yaml", "Deployment"))
    patch = parse(DEPLOY / "kubernetes-separate-users.yaml")[0]
    pod, changed = deployment["spec"]["template"]["spec"], patch["spec"]["template"]["spec"]
    pod["securityContext"] = {
        name: value
        for name, value in {**pod["securityContext"], **changed["securityContext"]}.items()
        if value is not None
    }
    (container,), (better,) = pod["containers"], changed["containers"]
    assert container["name"] == better["name"]
    container["securityContext"].update(better["securityContext"])
    container["env"] += better["env"]
    kubernetes_validate.validate(deployment, KUBERNETES_VERSION, strict=True)
    assert container["securityContext"]["capabilities"]["add"] == ["CHOWN", "KILL", "SETGID", "SETUID"]


@pytest.mark.parametrize("path", [path for path in FILES if is_data(path)], ids=lambda path: path.name)
def test_it_asks_the_right_port_and_path(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"/healthz|/ready\b|/ping\b", text)
    for port in re.findall(r"(?:containerPort|targetPort|internal_port|http_port)[\"']?\s*[:=]\s*(\d+)", text):
        assert port == "8080"


def test_every_platform_of_the_page_has_its_file_and_every_file_its_place() -> None:
    page = (DEPLOY / "README.md").read_text()
    linked = set(re.findall(r"\]\(([^)#:]+)\)", page))
    for name in linked:
        assert (DEPLOY / name).exists(), name
    for path in FILES:
        name = str(path.relative_to(DEPLOY))
        assert name == "README.md" or any(name == link or name.startswith(f"{link}/") for link in linked), name
