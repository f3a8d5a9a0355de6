"""The main screen, in layers: frame, talking, prompting, answering, and the keys on top."""

from tui.screens.chat.screen import ChatScreen

__all__ = ["ChatScreen"]
