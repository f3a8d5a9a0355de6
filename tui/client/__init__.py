"""The api as the app uses it: commands over HTTP, events over SSE, both on one unix socket."""

from tui.client.client import Client
from tui.client.events import Joined, Lost, follow

__all__ = ["Client", "Joined", "Lost", "follow"]
