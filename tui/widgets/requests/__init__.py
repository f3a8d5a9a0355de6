"""The requests that Claude makes of a user: permissions, questions, plans, trust in a folder."""

from tui.widgets.requests.dock import RequestDock
from tui.widgets.requests.panel import RequestPanel

__all__ = ["RequestDock", "RequestPanel"]
