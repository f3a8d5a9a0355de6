"""One widget for each item of a conversation, each a plain column of lines."""

from tui.widgets.items.base import ItemView
from tui.widgets.items.factory import make_view

__all__ = ["ItemView", "make_view"]
