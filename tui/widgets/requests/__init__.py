"""What Claude asks a person: permissions, questions, plans."""

from tui.widgets.requests.base import RequestPanel
from tui.widgets.requests.dock import RequestDock

__all__ = ["RequestDock", "RequestPanel"]
