"""No package has import circles, and the contracts that prove it in `make check` fail when a circle is added."""

import json
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[2]
Contract = dict[str, Any]  # a table of pyproject.toml
CONTRACTS: list[Contract] = [
    contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    if contract["type"] == "acyclic_siblings"
]
CIRCLES = {
    "modules": {"one.py": "import {package}.two", "two.py": "from {package} import one"},
    "type checking": {
        "one.py": "import {package}.two",
        "two.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {package} import one",
    },
    "functions": {"one.py": "import {package}.two", "two.py": "def late():\n    from {package} import one"},
    "packages": {
        "left/__init__.py": "",
        "left/start.py": "import {package}.right.end",
        "left/end.py": "",
        "right/__init__.py": "",
        "right/start.py": "import {package}.left.end",
        "right/end.py": "",
    },
}
"""Modules that form a circle below `package`."""
PACKAGES = ("api", "auth", "container", "demo", "runtime", "tui")


def lint(contract: Contract, modules: dict[str, str], folder: Path) -> tuple[int, str]:
    """Runs lint-imports with the contract on a package of these modules; returns its exit code and output."""
    (package,) = contract["ancestors"]
    path = folder
    for name in package.split("."):
        path /= name
        path.mkdir()
        (path / "__init__.py").touch()
    for name, source in modules.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text(source.format(package=package) + "\n")
    lines = [
        "[tool.importlinter]",
        f'root_packages = ["{package.partition(".")[0]}"]',
        "[[tool.importlinter.contracts]]",
    ]
    lines += [f"{key} = {json.dumps(value)}" for key, value in contract.items()]
    (folder / "pyproject.toml").write_text("\n".join(lines))
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", "pyproject.toml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["name"])
@pytest.mark.parametrize("circle", CIRCLES)
def test_a_contract_fails_when_a_circle_is_added(contract: Contract, circle: str, tmp_path: Path) -> None:
    code, output = lint(contract, CIRCLES[circle], tmp_path)
    assert code == 1, output
    assert f"No cycles are allowed in {contract['ancestors'][0]}." in output


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["name"])
def test_a_contract_is_kept_without_a_circle(contract: Contract, tmp_path: Path) -> None:
    code, output = lint(contract, {"one.py": "import {package}.two", "two.py": ""}, tmp_path)
    assert code == 0, output


def test_the_contracts_cover_every_package_without_exceptions() -> None:
    assert {contract["ancestors"][0].partition(".")[0] for contract in CONTRACTS} == set(PACKAGES)
    assert {key for contract in CONTRACTS for key in contract} == {"name", "type", "ancestors"}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_through_others(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlike the contracts, this also finds circles between a package and the modules in it."""
    monkeypatch.syspath_prepend(ROOT)
    graph = grimp.build_graph(package, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))
