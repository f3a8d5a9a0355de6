"""Runs the tests of other modules again with different fixtures of the same names."""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator
from importlib import import_module
from types import ModuleType

Test = Callable[..., object]


def selected_tests(
    *modules: str, using: Collection[str], helpers: Collection[str] = (), leave_out: Collection[str] = ()
) -> dict[str, Test]:
    """Returns the tests of these modules that use at least one fixture of `using` and no unknown one.

    The result is meant for `globals().update` in the module that runs the tests again.

    Args:
        modules: names in tests/integration.
        using: the fixtures that differ where the tests run again.
        helpers: other fixtures that the tests may use.
        leave_out: tests that depend on details of the original fixtures. Each must exist.
    """
    known = {*using, *helpers}
    found = {}
    for name, test in _tests(import_module(f"tests.integration.{module}") for module in modules):
        asked = set(inspect.signature(test).parameters) - _parameters(test)
        if asked & set(using) and asked <= known:
            assert name not in found, f"two tests are called {name}"
            found[name] = test
    for name in leave_out:
        del found[name]
    return found


def _tests(modules: Iterable[ModuleType]) -> Iterator[tuple[str, Test]]:
    for module in modules:
        for name, test in vars(module).items():
            if name.startswith("test_") and inspect.isfunction(test) and test.__module__ == module.__name__:
                yield name, test


def _parameters(test: Test) -> set[str]:
    """Returns the names that `parametrize` supplies."""
    names: set[str] = set()
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            given = mark.args[0]
            names.update(name.strip() for name in (given.split(",") if isinstance(given, str) else given))
    return names
