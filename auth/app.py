"""Builds the gateway from its settings: opens its resources and passes them to the parts that use them."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from quart import Quart

from auth.audit import Audit
from auth.audit_table import AuditTable, open_audit_table
from auth.background_jobs import delete_old_rows, end_streams_without_login, warn_hourly
from auth.dispatch import Handlers, create_app
from auth.error_handlers import Responder
from auth.guard import Guard
from auth.health import Health
from auth.limits.in_memory import InMemoryLimits
from auth.limits.rules import Limits
from auth.limits.shared import SharedLimits
from auth.login.cookies import Cookies
from auth.login.links import Links
from auth.login.new_browser_notice import NewBrowserNotice
from auth.login.redeem_link import LinkRedeemer
from auth.login.send_login_link import LoginLinkSender
from auth.login.sessions import Logins
from auth.login.signing_keys import SECRETS_DIFFER, SigningKeys, matches_other_replicas, open_signing_keys
from auth.login.tokens import LEEWAY, Tokens
from auth.mail.messages import Mailer
from auth.open_streams import OpenStreams
from auth.pages.renderer import PageRenderer
from auth.pages.views import View
from auth.pages.views.login import LoginViews
from auth.pages.views.sessions import SessionViews
from auth.pages.views.system import SystemViews
from auth.proxy import Proxy
from auth.rate_limiter import RateLimiter
from auth.routes import MIB, Upstream
from auth.settings import Settings
from auth.startup_summary import security_notice
from auth.storage.clock_skew import describe_clock_skew
from auth.storage.database import START_SECONDS, open_database
from auth.storage.notifications import LogoutNotifications
from auth.storage.private_folder import make_private_folder
from auth.upstreams import Upstreams, open_upstreams
from auth.websocket_proxy import WebSocketProxy
from runtime.background_tasks import BackgroundTasks
from runtime.database.database import Database

TASK_GRACE_SECONDS = 2.0
"""When the gateway stops, tasks such as sending a mail have this long to finish."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The running gateway, as the server uses it."""

    app: Quart
    open_streams: OpenStreams
    links: Links
    security_notice: str
    """Warnings about settings that leave the deployment open; empty if there are none."""


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[Gateway]:
    """Opens the gateway and starts its background jobs; closes both at the end of the block.

    Raises:
        SettingsError: a setting cannot be used.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings, wait_seconds=START_SECONDS))
        keys = await _open_keys(settings, database)
        links = Links(database, Tokens(audience="login", keys=keys.link))
        logins = Logins(
            database,
            Tokens(audience="session", keys=keys.session),
            idle_seconds=settings.session_idle_minutes * 60,
            max_seconds=settings.session_max_hours * 3600,
        )
        limits = InMemoryLimits() if database.is_sqlite else SharedLimits(database, InMemoryLimits())
        audit_table = await stack.enter_async_context(open_audit_table(database))
        audit = Audit(make_private_folder(settings.auth_dir), sink=audit_table)
        stack.callback(audit.close)
        upstreams = await stack.enter_async_context(open_upstreams(settings.run_dir))
        health = Health(upstreams, is_demo=settings.demo)
        open_streams = OpenStreams()
        tasks = await stack.enter_async_context(
            BackgroundTasks(grace_seconds=TASK_GRACE_SECONDS, report_failure=_log_failure)
        )
        handlers = _build_handlers(
            settings=settings,
            database=database,
            links=links,
            logins=logins,
            limits=limits,
            audit=audit,
            upstreams=upstreams,
            health=health,
            open_streams=open_streams,
            tasks=tasks,
        )
        _start_jobs(
            tasks,
            settings=settings,
            database=database,
            logins=logins,
            limits=limits,
            audit_table=audit_table,
            health=health,
            open_streams=open_streams,
        )
        yield Gateway(
            app=create_app(handlers, settings.origin, settings.trusted_proxies),
            open_streams=open_streams,
            links=links,
            security_notice=security_notice(settings),
        )


async def _open_keys(settings: Settings, database: Database) -> SigningKeys:
    """Opens the signing keys; logs a warning if another replica's secret or the database's clock differs."""
    keys = await open_signing_keys(settings, database)
    if not await matches_other_replicas(keys, database, registers=True):
        log.warning("secrets_differ", notice=SECRETS_DIFFER)
    if skew := await describe_clock_skew(database, allowed_seconds=LEEWAY):
        log.warning("clock_differs", notice=skew)
    return keys


def _build_handlers(
    *,
    settings: Settings,
    database: Database,
    links: Links,
    logins: Logins,
    limits: Limits,
    audit: Audit,
    upstreams: Upstreams,
    health: Health,
    open_streams: OpenStreams,
    tasks: BackgroundTasks,
) -> Handlers:
    origin, allowlist, notice = settings.origin, settings.allowlist, security_notice(settings)
    mailer = _open_mailer(settings)
    cookies = Cookies(origin)
    renderer = PageRenderer()
    limiter = RateLimiter(limits, audit)
    guard = Guard(
        origin=origin,
        keys=settings.keys,
        is_api_public=settings.is_api_public,
        logins=logins,
        allowlist=allowlist,
        cookies=cookies,
        limiter=limiter,
        audit=audit,
        now=time.time,
    )
    login_views = LoginViews(
        guard=guard,
        sender=LoginLinkSender(
            allowlist=allowlist,
            links=links,
            mailer=mailer,
            prints_links=settings.prints_links,
            mails_per_hour=settings.mails_per_hour,
            origin=origin,
            limiter=limiter,
            audit=audit,
            now=time.time,
        ),
        redeemer=LinkRedeemer(
            database=database,
            links=links,
            logins=logins,
            allowlist=allowlist,
            limiter=limiter,
            audit=audit,
            now=time.time,
        ),
        notice=NewBrowserNotice(mailer=mailer, origin=origin, now=time.time),
        open_streams=open_streams,
        cookies=cookies,
        renderer=renderer,
        origin=origin,
        tasks=tasks,
        session_seconds=logins.max_seconds,
        is_uniform=settings.auth_uniform_responses,
    )
    session_views = SessionViews(
        guard=guard,
        logins=logins,
        open_streams=open_streams,
        cookies=cookies,
        renderer=renderer,
        audit=audit,
        now=time.time,
        security_notice=notice,
    )
    system_views = SystemViews(monitor=health, renderer=renderer)
    return Handlers(
        guard=guard,
        views=_name_views(login_views, session_views, system_views),
        proxy=Proxy(
            upstreams=upstreams,
            open_streams=open_streams,
            max_upload_bytes=settings.max_upload_mb * MIB,
            security_notice=notice,
        ),
        websocket_proxy=WebSocketProxy(
            upstreams=upstreams,
            open_streams=open_streams,
            logins=logins,
            max_tabs=settings.max_tabs,
            security_notice=notice,
            now=time.time,
        ),
        responder=Responder(renderer=renderer, origin=origin),
    )


def _name_views(login: LoginViews, session: SessionViews, system: SystemViews) -> dict[str, View]:
    """The gateway's own views by their names in the table of routes."""
    views: tuple[View, ...] = (
        system.health,
        system.live,
        system.asset,
        login.show_sign_in,
        login.start,
        login.show_sent,
        login.verify,
        login.confirm,
        session.ping,
        session.show_user,
        session.list_logins,
        session.end_login,
        session.log_out,
        session.log_out_everywhere,
        session.show_signed_out,
    )
    return {view.__name__: view for view in views}


def _open_mailer(settings: Settings) -> Mailer | None:
    if not settings.sends_mail:
        return None
    from auth.mail.resend_transport import ResendTransport

    transport = ResendTransport(settings.resend_api_key, settings.resend_api_url)
    return Mailer(transport, sender=settings.email_from, host=settings.origin.host)


def _start_jobs(
    tasks: BackgroundTasks,
    *,
    settings: Settings,
    database: Database,
    logins: Logins,
    limits: Limits,
    audit_table: AuditTable | None,
    health: Health,
    open_streams: OpenStreams,
) -> None:
    notifications = LogoutNotifications()
    tasks.start_forever(end_streams_without_login(open_streams, logins, settings.allowlist, notifications, time.time))
    tasks.start_forever(warn_hourly(security_notice(settings)))
    for upstream in Upstream:
        tasks.start_forever(health.watch(upstream))
    if not database.is_sqlite:
        tasks.start_forever(notifications.listen(database))
    if audit_table is not None:
        tasks.start_forever(audit_table.write())
        if isinstance(limits, SharedLimits):
            tasks.start_forever(delete_old_rows(limits, audit_table))


def _log_failure(name: str, error: BaseException) -> None:
    log.error("background_task_failed", task=name, kind=type(error).__name__)  # the message may quote a user
