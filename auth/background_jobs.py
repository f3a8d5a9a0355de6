"""The jobs that run as long as the gateway: ending streams whose login ended, warnings, and deleting old rows."""

import asyncio
from collections.abc import Callable

import structlog

from auth.audit_table import AuditTable
from auth.limits.shared import SharedLimits
from auth.log_once import LogOnce
from auth.login.allowlist import Allowlist
from auth.login.sessions import Logins
from auth.open_streams import OpenStreams
from auth.storage.notifications import LogoutNotifications

LOGIN_CHECK_SECONDS = 2.0
"""Seconds between two checks of the logins with open streams."""
HOUR = 3600.0
MINUTE = 60.0

log = structlog.get_logger(__name__)


async def end_streams_without_login(
    open_streams: OpenStreams,
    logins: Logins,
    allowlist: Allowlist,
    notifications: LogoutNotifications,
    now: Callable[[], float],
) -> None:
    """Ends the streams of logins that were ended by another replica, idled out, or may not sign in any more."""
    failures = LogOnce("login_check_failed")
    while True:
        await notifications.wait(LOGIN_CHECK_SECONDS)
        with failures:
            open_streams.end_logins(open_streams.expired_login_ids(now()))  # needs no database
            if login_ids := open_streams.login_ids:
                live = await logins.live_addresses(login_ids, now=now())
                allowed = {login_id for login_id, address in live.items() if allowlist.allows(address)}
                open_streams.end_logins(login_ids - allowed)


async def warn_hourly(security_notice: str) -> None:
    """Logs the security notice every hour."""
    while security_notice:
        await asyncio.sleep(HOUR)
        log.warning("open_mode", notice=security_notice)


async def delete_old_rows(limits: SharedLimits, audit_table: AuditTable) -> None:
    """Deletes expired rate limits and old audit lines every minute."""
    failures = LogOnce("cleanup_failed")
    while True:
        with failures:
            await limits.delete_expired()
            await audit_table.delete_old()
        await asyncio.sleep(MINUTE)
