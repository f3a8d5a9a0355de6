"""The main screen: one conversation, the prompt below it, and the open sessions as tabs."""

from tui.screens.chat.screen import ChatScreen

__all__ = ["ChatScreen"]
