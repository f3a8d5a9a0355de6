"""The fixtures of all tests: the parts of the product as real processes."""

from tests.parts.api import ada, api, bob, shared_api
from tests.parts.auth import door, open_door, public_door
from tests.parts.demo import demo

__all__ = ["ada", "api", "bob", "demo", "door", "open_door", "public_door", "shared_api"]
