"""What Claude asks a person: permissions, questions, plans."""

from tui.widgets.requests.dock import RequestDock
from tui.widgets.requests.panel import RequestPanel

__all__ = ["RequestDock", "RequestPanel"]
