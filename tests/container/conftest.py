"""The fixtures of the container's tests."""

from tests.parts.container import container, separate

__all__ = ["container", "separate"]
