"""One widget for each kind of item in a conversation."""

from tui.widgets.items.base import ItemView
from tui.widgets.items.factory import make_view

__all__ = ["ItemView", "make_view"]
