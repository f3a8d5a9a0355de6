"""The command `doctor`: checks everything that the gateway needs, and says what to fix."""

import time
from email.utils import parsedate_to_datetime

import httpx2
from sqlalchemy import select

from auth.login.signing_keys import SECRETS_DIFFER, load_secret, matches_other_replicas, open_signing_keys
from auth.login.tokens import LEEWAY
from auth.settings import Settings
from auth.startup_summary import advice, describe_allowlist, open_modes
from auth.storage.clock_skew import describe_clock_skew
from auth.storage.database import open_database, plan_tables
from auth.storage.private_folder import make_private_folder
from auth.storage.tables import links
from runtime.database.errors import DatabaseUnavailableError
from runtime.doctor import Finding, print_findings
from runtime.settings import SettingsError

TIMEOUT_SECONDS = 10.0
"""Seconds for each response over the network."""


async def run_doctor(settings: Settings) -> int:
    """Prints one line for each finding; returns 1 if something must be fixed."""
    findings = [
        _check_secret(settings),
        await _check_database(settings),
        _check_allowlist(settings),
        *(Finding(is_ok=False, is_warning=True, text=text) for text in [*open_modes(settings), *advice(settings)]),
        Finding(is_ok=True, text=f"API keys: {len(settings.keys.entries) or 'none'}"),
        *await _check_mail(settings),
        await _check_address(settings),
    ]
    return print_findings(findings)


def _check_secret(settings: Settings) -> Finding:
    try:
        folder = make_private_folder(settings.auth_dir)
        load_secret(settings.session_secret, folder)
    except SettingsError as error:
        return Finding(is_ok=False, text=str(error))
    if settings.session_secret:
        return Finding(is_ok=True, text="session secret: from SESSION_SECRET")
    path = folder / "session_secret"
    shared = ", unless the first replica at DATABASE_URL has another one" if settings.database_url else ""
    if path.stat().st_mode & 0o077:
        return Finding(is_ok=False, text=f"session secret: other users can read {path}: chmod 600 it")
    return Finding(is_ok=True, text=f"session secret: kept in {path}{shared}")


async def _check_database(settings: Settings) -> Finding:
    place = "PostgreSQL in DATABASE_URL" if settings.database_url else "SQLite in DATA_DIR/auth"
    try:
        if plan := await plan_tables(settings):
            return Finding(is_ok=True, text=f"database: {place} answers; a start {plan}")
        async with open_database(settings) as database:
            async with database.read() as connection:
                await connection.execute(select(links.c.id).limit(1))
            keys = await open_signing_keys(settings, database)
            if not await matches_other_replicas(keys, database, registers=False):
                return Finding(is_ok=False, text=SECRETS_DIFFER)
            if skew := await describe_clock_skew(database, allowed_seconds=LEEWAY):
                return Finding(is_ok=False, text=skew)
    except SettingsError as error:
        return Finding(is_ok=False, text=str(error))
    except DatabaseUnavailableError as error:
        fix = "check DATABASE_URL" if settings.database_url else "check who owns DATA_DIR"
        return Finding(is_ok=False, text=f"database: {place} does not answer ({error.kind}): {fix}")
    return Finding(is_ok=True, text=f"database: {place} answers")


def _check_allowlist(settings: Settings) -> Finding:
    return Finding(is_ok=not settings.allowlist.is_empty, text=f"may sign in: {describe_allowlist(settings)}")


async def _check_mail(settings: Settings) -> list[Finding]:
    if not settings.sends_mail:
        if settings.prints_links:
            return [Finding(is_ok=True, text="mail: off; sign-in links are printed by the server")]
        text = "mail: off: set RESEND_API_KEY and EMAIL_FROM, or make links with login-link"
        return [Finding(is_ok=False, is_warning=True, text=text)]
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
            response = await client.get(
                settings.resend_api_url.rstrip("/") + "/domains",
                headers={"Authorization": f"Bearer {settings.resend_api_key}"},
            )
    except httpx2.HTTPError as error:
        text = f"mail: {settings.resend_api_url} does not answer ({type(error).__name__}): check network and proxy"
        return [Finding(is_ok=False, text=text)]
    return [_check_resend_key(response), _check_clock(response)]


def _check_resend_key(response: httpx2.Response) -> Finding:
    # A key that may only send, which is the safest kind, also gets 401 here, with this code in the body.
    if response.status_code in (401, 403) and "restricted_api_key" not in response.text:
        return Finding(is_ok=False, text="mail: Resend refuses RESEND_API_KEY: make a new one in its dashboard")
    return Finding(is_ok=True, text="mail: Resend answers and accepts the key")


def _check_clock(response: httpx2.Response) -> Finding:
    try:
        skew = time.time() - parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return Finding(is_ok=True, text="clock: not checked, because the mail service sent no date")
    if abs(skew) > LEEWAY:
        direction = "ahead" if skew > 0 else "behind"
        return Finding(is_ok=False, text=f"clock: {abs(skew):.0f} s {direction}: set it with NTP")
    return Finding(is_ok=True, text="clock: correct")


async def _check_address(settings: Settings) -> Finding:
    url = settings.origin.url
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
            live = await client.get("/health/live")
            page = await client.get("/auth/login")
        is_gateway = live.status_code == httpx2.codes.OK and live.json() == {"status": "alive"}
    except (httpx2.HTTPError, ValueError) as error:
        fix = "start it, or check PUBLIC_URL" if settings.origin.is_loopback else "check PUBLIC_URL, DNS and the proxy"
        return Finding(is_ok=False, text=f"address: {url} does not answer ({type(error).__name__}): {fix}")
    if not is_gateway:
        return Finding(is_ok=False, text=f"address: something else answers at {url}: check PUBLIC_URL and the proxy")
    if page.status_code == httpx2.codes.MISDIRECTED_REQUEST:
        text = f"address: a proxy in front of {url} changes the Host header: make it pass the header on unchanged"
        return Finding(is_ok=False, text=text)
    return Finding(is_ok=True, text=f"address: {url} leads to this gateway")
