"""One widget for each item of a conversation, each a plain column of lines."""

from tui.widgets.items.base import ItemView
from tui.widgets.items.make import make_view

__all__ = ["ItemView", "make_view"]
