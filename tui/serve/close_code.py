"""The close codes of a tab's WebSocket; the page explains each of them (`server-connection.js`)."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Why serve closes a connection. The gateway adds 4401: the login has ended."""

    RESTARTING = 1012
    UNRESPONSIVE = 4408
    """The browser answers no pings or reads no messages."""
    TAKEN_OVER = 4409
    """Another window shows this tab now."""
    ENDED = 4410
    """The app quit."""
    FULL_USER = 4429
    """The user has as many tabs as allowed."""
    FULL_ALL = 4430
    """All users together have as many tabs as allowed."""
    CRASHED = 4500
    APP_FAILED = 4503
    """The app cannot be started."""

    @property
    def reason(self) -> str:
        """The text that is sent with the code."""
        # Clients may read this text, so it stays although the constant has another name.
        return "silent" if self is CloseCode.UNRESPONSIVE else self.name.lower()
