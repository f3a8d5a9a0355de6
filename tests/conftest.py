"""The fixtures of all tests: the parts of the product as real processes."""

from tests.parts.demo import demo

__all__ = ["demo"]
