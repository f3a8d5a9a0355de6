"""The user of the app and the session to open; a spare app receives them when it is claimed."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    user: str | None = None
    """Sent to the api as X-Forwarded-User; None in a terminal, where the api uses `local`."""
    session_id: str | None = None
    """The session to open; None starts a new one."""
    notice: str | None = None
    """A message of the gateway, such as that anyone can sign in; shown as a bar."""
    request_id: str | None = None
    """Identifies this tab's requests in the logs of all services."""


UNASSIGNED = Identity(user="(unassigned)")
"""The identity of a spare app, which sends nothing to the api."""
