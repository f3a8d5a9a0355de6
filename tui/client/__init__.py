"""The client for the api: commands over HTTP, events over SSE, both on one Unix socket."""

from tui.client.client import Client
from tui.client.event_stream import Connected, Disconnected, follow

__all__ = ["Client", "Connected", "Disconnected", "follow"]
