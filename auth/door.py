"""What the door is made of: one object, composed once, handed to every view."""

from collections.abc import Callable
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from auth.audit import Audit
from auth.background import Background
from auth.health import Health
from auth.limits.in_memory import Limits
from auth.login.addresses import Allowlist
from auth.login.api_keys import ApiKeys
from auth.login.links import Links
from auth.login.sessions import Logins
from auth.mail.messages import Mailer
from auth.open_streams import Streams
from auth.pages.renderer import Pages
from auth.proxy import Rooms
from auth.public_origin import Site
from auth.settings import Settings
from auth.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Everything a view may need."""

    settings: Settings
    site: Site
    allowlist: Allowlist
    keys: ApiKeys
    database: Database
    links: Links
    logins: Logins
    limits: Limits
    audit: Audit
    mailer: Mailer | None
    pages: Pages
    rooms: Rooms
    health: Health
    streams: Streams
    background: Background
    log: FilteringBoundLogger
    now: Callable[[], float]
    """Seconds since 1970."""
    notice: str
    """One sentence about what is open, for every signed-in screen; empty when nothing is."""
