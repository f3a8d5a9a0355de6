"""Who sits before the screen, and which conversation they want; a spare app learns it late."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    user: str | None = None
    """Sent to the api as X-Forwarded-User; None in a terminal, where the api says `local`."""
    session_id: str | None = None
    """The conversation to open; None starts a new one."""
    notice: str | None = None
    """A sentence of the front door's, such as that anybody may log in; shown as a bar."""
    request_id: str | None = None
    """Names this tab's requests in the logs of all programs."""


UNASSIGNED = Identity(user="(nobody yet)")
"""A spare app's; nothing is asked of the api in this name."""
