"""Reads the settings; what cannot be used is refused with a sentence that names the variable and the fix."""

from email.utils import parseaddr

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from auth.errors import SettingError
from auth.login.addresses import InvalidAddressError, normalise
from auth.login.api_keys import UnusableKeyError
from auth.login.secret_strength import why_weak
from auth.public_origin import UnusableUrlError
from auth.settings import Settings
from auth.storage.address import parse_database_url

_SENTENCES = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be 0 or 1",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "ip_v4_network": "must be networks such as 10.0.0.0/8, separated by commas",
    "ip_v6_network": "must be networks such as 10.0.0.0/8, separated by commas",
}


def load_settings() -> Settings:
    """Reads the environment.

    Raises:
        SettingError: a variable cannot be used.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise _explain(error.errors()[0]) from None
    _check_address(settings)
    _check_secrets(settings)
    _check_allowlist(settings)
    _check_mail(settings)
    if settings.session_idle_minutes > settings.session_max_hours * 60:
        raise SettingError("SESSION_IDLE_MINUTES", "is longer than SESSION_MAX_HOURS: make it shorter")
    if settings.database_url:
        parse_database_url(settings.database_url)
    return settings


def _explain(detail: ErrorDetails) -> SettingError:
    name = str(detail["loc"][0]) if detail["loc"] else "settings"
    sentence = _SENTENCES.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    return SettingError(name, sentence.format(**detail.get("ctx", {})))


def _check_address(settings: Settings) -> None:
    try:
        _ = settings.site
    except UnusableUrlError as error:
        raise SettingError("PUBLIC_URL", str(error)) from None


def _check_secrets(settings: Settings) -> None:
    for name, secret in (
        ("SESSION_SECRET", settings.session_secret),
        ("SESSION_SECRET_PREVIOUS", settings.session_secret_previous),
    ):
        if secret and (why := why_weak(secret)):
            raise SettingError(name, f"{why}: make one with `openssl rand -hex 32`, or leave it unset and one is made")
    try:
        _ = settings.keys
    except UnusableKeyError as error:
        raise SettingError("CLAUDE_CODE_SDK_CONTAINER_API_KEY", str(error)) from None


def _check_allowlist(settings: Settings) -> None:
    for address in settings.allowed_emails or ():
        try:
            normalise(address)
        except InvalidAddressError:
            raise SettingError("ALLOWED_EMAILS", f"'{address}' is not an address: write ada@example.com") from None
    for domain in settings.allowed_domains or ():
        if domain == "*":
            continue
        try:
            normalise(f"x@{domain.removeprefix('@')}")
        except InvalidAddressError:
            raise SettingError("ALLOWED_DOMAINS", f"'{domain}' is not a domain: write it like example.com") from None


def _check_mail(settings: Settings) -> None:
    if not settings.resend_api_key:
        return
    sender = "such as EMAIL_FROM='Claude <login@example.com>'"
    if not settings.email_from:
        raise SettingError("EMAIL_FROM", f"is missing: RESEND_API_KEY needs a sender, {sender}")
    try:
        normalise(parseaddr(settings.email_from)[1])
    except InvalidAddressError:
        raise SettingError("EMAIL_FROM", f"holds no e-mail address: write one, {sender}") from None
    if not settings.resend_api_url.startswith(("https://", "http://")):
        raise SettingError("RESEND_API_URL", "is not a URL: leave it unset, or write https://api.resend.com")
