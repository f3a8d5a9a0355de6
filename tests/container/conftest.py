"""The fixtures and the timeout of the container tests."""

import pytest

from tests.support.container import container, separate_users

__all__ = ["container", "separate_users"]
SECONDS = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives each container test fifteen minutes, because containers start slowly on a busy machine."""
    for item in items:
        if "container" in item.path.parts:
            item.add_marker(pytest.mark.timeout(SECONDS))
