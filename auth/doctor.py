"""Looks at everything that the door needs, and says what to fix."""

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx2
from sqlalchemy import select

from auth.errors import DatabaseAwayError
from auth.login.signing_keys import kept_secret
from auth.settings import Settings
from auth.startup_summary import advice, open_modes, who_may_sign_in
from auth.storage.clock_skew import clock_trouble
from auth.storage.database import open_database
from auth.storage.secret import DIFFERS, agrees_with_others, open_keyring
from auth.storage.tables import links
from runtime.settings import SettingsError

PATIENCE = 10.0
"""Seconds for each answer over the network."""
SKEW = 30.0
"""Seconds that this clock may differ from the mail service's: as much as tokens allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    ok: bool
    text: str
    """What is so; when it is wrong, with the fix."""
    is_warning: bool = False

    @property
    def line(self) -> str:
        """The finding as a line for a terminal."""
        mark = "ok  " if self.ok else ("note" if self.is_warning else "FAIL")
        return f"{mark}  {self.text}"


async def doctor(settings: Settings) -> int:
    """Prints one line for each finding; returns 1 when something must be fixed."""
    findings = [
        _secret(settings),
        await _database(settings),
        _allowlist(settings),
        *(Finding(ok=False, is_warning=True, text=text) for text in [*open_modes(settings), *advice(settings)]),
        Finding(ok=True, text=f"API keys: {len(settings.keys.entries) or 'none'}"),
        *await _mail(settings),
        await _itself(settings),
    ]
    print("\n".join(finding.line for finding in findings))
    return int(any(not finding.ok and not finding.is_warning for finding in findings))


def _secret(settings: Settings) -> Finding:
    try:
        kept_secret(settings)
    except SettingsError as error:
        return Finding(ok=False, text=str(error))
    if settings.session_secret:
        return Finding(ok=True, text="session secret: from SESSION_SECRET")
    path = settings.auth_dir / "session_secret"
    shared = ", of the first door at DATABASE_URL" if settings.database_url else ""
    if path.stat().st_mode & 0o077:
        return Finding(ok=False, text=f"session secret: others can read {path}: chmod 600 it")
    return Finding(ok=True, text=f"session secret: kept in {path}{shared}")


async def _database(settings: Settings) -> Finding:
    where = "PostgreSQL in DATABASE_URL" if settings.database_url else "SQLite in DATA_DIR/auth"
    try:
        async with open_database(settings, just_looks=True) as database:
            if database.plan:
                return Finding(ok=True, text=f"database: {where} answers; a start {database.plan}")
            async with database.read() as connection:
                await connection.execute(select(links.c.id).limit(1))
            if not await agrees_with_others(await open_keyring(settings, database), database, note=False):
                return Finding(ok=False, text=DIFFERS)
            if trouble := await clock_trouble(database):
                return Finding(ok=False, text=trouble)
    except SettingsError as error:
        return Finding(ok=False, text=str(error))
    except DatabaseAwayError as error:
        fix = "check DATABASE_URL" if settings.database_url else "check who owns DATA_DIR"
        return Finding(ok=False, text=f"database: {where} does not answer ({error.kind}): {fix}")
    return Finding(ok=True, text=f"database: {where} answers")


def _allowlist(settings: Settings) -> Finding:
    return Finding(ok=not settings.allowlist.is_empty, text=f"may sign in: {who_may_sign_in(settings)}")


async def _mail(settings: Settings) -> list[Finding]:
    if not settings.sends_mail:
        if settings.prints_links:
            return [Finding(ok=True, text="mail: off; sign-in links are printed by the server")]
        text = "mail: off: set RESEND_API_KEY and EMAIL_FROM, or make links with login-link"
        return [Finding(ok=False, is_warning=True, text=text)]
    try:
        async with httpx2.AsyncClient(timeout=PATIENCE, follow_redirects=False) as client:
            answer = await client.get(
                settings.resend_api_url.rstrip("/") + "/domains",
                headers={"Authorization": f"Bearer {settings.resend_api_key}"},
            )
    except httpx2.HTTPError as error:
        text = f"mail: {settings.resend_api_url} does not answer ({type(error).__name__}): check network and proxy"
        return [Finding(ok=False, text=text)]
    return [_judge_key(answer), _judge_clock(answer)]


def _judge_key(answer: httpx2.Response) -> Finding:
    # A key that may only send is told so here, with 401: that is the best kind.
    if answer.status_code in (401, 403) and "restricted_api_key" not in answer.text:
        return Finding(ok=False, text="mail: Resend refuses RESEND_API_KEY: make a new one in its dashboard")
    return Finding(ok=True, text="mail: Resend answers and takes the key")


def _judge_clock(answer: httpx2.Response) -> Finding:
    try:
        skew = time.time() - parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return Finding(ok=True, text="clock: not compared")
    if abs(skew) > SKEW:
        return Finding(ok=False, text=f"clock: {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}: set it (ntp)")
    return Finding(ok=True, text="clock: right")


async def _itself(settings: Settings) -> Finding:
    url = settings.site.url
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE, follow_redirects=False) as client:
            live = await client.get("/health/live")
            page = await client.get("/auth/login")
        is_us = live.status_code == httpx2.codes.OK and live.json() == {"status": "alive"}
    except (httpx2.HTTPError, ValueError) as error:
        fix = "start it, or check PUBLIC_URL" if settings.site.is_loopback else "check PUBLIC_URL, DNS and the proxy"
        return Finding(ok=False, text=f"address: {url} does not answer ({type(error).__name__}): {fix}")
    if not is_us:
        return Finding(ok=False, text=f"address: something else answers at {url}: check PUBLIC_URL and the proxy")
    if page.status_code == httpx2.codes.MISDIRECTED_REQUEST:
        text = f"address: a proxy in front of {url} changes the Host header: make it pass Host on as it came"
        return Finding(ok=False, text=text)
    return Finding(ok=True, text=f"address: {url} leads here")
