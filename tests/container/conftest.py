"""The fixtures of the container's tests, and more patience: a container takes its time on a busy machine."""

import pytest

from tests.support.container import container, separate

__all__ = ["container", "separate"]
SECONDS = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives each of these tests fifteen minutes."""
    for item in items:
        if "container" in item.path.parts:
            item.add_marker(pytest.mark.timeout(SECONDS))
