"""The fixtures of all tests: the programs of the product as real processes."""

from tests.support import forkserver, process
from tests.support.api import ada, api, bob, shared_api
from tests.support.auth import gateway, open_gateway, public_gateway
from tests.support.databases import new_url
from tests.support.demo import demo
from tests.support.deployment import deployment
from tests.support.page import page_browser, page_gateway, page_socket
from tests.support.postgres import postgres, postgres_folder
from tests.support.serve import small_serve, socket_folder

__all__ = [
    "ada",
    "api",
    "bob",
    "demo",
    "deployment",
    "gateway",
    "new_url",
    "open_gateway",
    "page_browser",
    "page_gateway",
    "page_socket",
    "postgres",
    "postgres_folder",
    "public_gateway",
    "shared_api",
    "small_serve",
    "socket_folder",
]


def pytest_configure() -> None:
    """Starts programs through the fork server, which saves a seventh of the processor time."""
    process.starters.append(forkserver.fork)
