"""DATABASE_URL as hosting providers print it."""

import ssl
from typing import Any

import pytest

from api.settings import read_settings as read_api_settings
from api.storage.database import make_database
from auth.settings import read_settings as read_auth_settings
from runtime.database.url import driver_arguments
from runtime.settings import SettingsError

PROVIDER_URLS: dict[str, tuple[str, str]] = {
    "plain": ("postgresql://u:p@h/d", "postgresql://u:p@h/d"),
    "short": ("postgres://u:p@h:5433/d", "postgresql://u:p@h:5433/d"),
    "with a driver": ("postgresql+psycopg2://u:p@h/d", "postgresql://u:p@h/d"),
    "required TLS": ("postgres://u:p@h/d?sslmode=require", "postgresql://u:p@h/d?sslmode=require"),
    "channel binding": (
        "postgresql://u:p@h/d?sslmode=require&channel_binding=require",
        "postgresql://u:p@h/d?sslmode=require",
    ),
    "options": (
        "postgresql://u:p@h/d?options=endpoint%3Dep-cool&sslmode=require",
        "postgresql://u:p@h/d?options=endpoint%3Dep-cool&sslmode=require",
    ),
    "options of the server": (
        "postgresql://u:p@h/d?options=-c%20search_path%3Ddoor",
        "postgresql://u:p@h/d?options=-c%20search_path%3Ddoor",
    ),
    "a socket": ("postgresql:///d?host=/run/postgresql", "postgresql:///d?host=/run/postgresql"),
    "two hosts": (
        "postgresql://u:p@a:1,b:2/d?target_session_attrs=primary",
        "postgresql://u:p@a:1,b:2/d?target_session_attrs=primary",
    ),
    "a name": ("postgresql://u:p@h/d?application_name=door", "postgresql://u:p@h/d?application_name=door"),
    "keepalives": ("postgresql://u:p@h/d?keepalives=1&keepalives_idle=30&gssencmode=disable", "postgresql://u:p@h/d"),
    "a pooler": ("postgresql://u:p@h:6543/d?pgbouncer=true&connection_limit=1", "postgresql://u:p@h:6543/d"),
    "encoded": ("postgresql://u:p%40%2F%3F@h/d", "postgresql://u:p%40%2F%3F@h/d"),
}


def arguments_of(url: str) -> dict[str, Any]:  # as the driver takes them
    return driver_arguments(url, command_seconds=5)


@pytest.mark.parametrize("name", PROVIDER_URLS)
def test_the_url_of_a_provider_is_accepted(name: str) -> None:
    given, wanted = PROVIDER_URLS[name]
    arguments = arguments_of(given)
    assert arguments["dsn"].startswith(wanted)
    database = make_database(given)
    assert database.engine.url.render_as_string() == "postgresql+asyncpg://"
    assert not database.is_sqlite
    assert "p@h" not in repr(database.engine)


@pytest.mark.parametrize(("mode", "checks_name"), [("verify-full", True), ("verify-ca", False)])
@pytest.mark.parametrize("root", ["", "&sslrootcert=system"])
def test_the_certificate_is_verified_with_the_systems_authorities(mode: str, checks_name: bool, root: str) -> None:
    url = f"postgresql://u:p@h/d?sslmode={mode}{root}"
    trust = arguments_of(url)["ssl"]
    assert isinstance(trust, ssl.SSLContext)
    assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, checks_name)


def test_a_named_authority_is_left_to_the_driver() -> None:
    arguments = arguments_of("postgresql://u:p@h/d?sslmode=verify-full&sslrootcert=/ca.pem")
    assert "ssl" not in arguments
    assert "sslrootcert=/ca.pem" in arguments["dsn"]


def test_the_connect_timeout_of_the_url_applies() -> None:
    assert arguments_of("postgresql://u:p@h/d?connect_timeout=3")["timeout"] == 3


@pytest.mark.parametrize("unlimited", ["0", "-1"])
def test_a_connect_timeout_without_limit_is_the_default(unlimited: str) -> None:
    url = f"postgresql://u:p@h/d?connect_timeout={unlimited}"
    assert arguments_of(url)["timeout"] == arguments_of("postgresql://u:p@h/d")["timeout"]


def test_the_systems_authorities_also_check_the_name() -> None:
    trust = arguments_of("postgresql://u:p@h/d?sslrootcert=system")["ssl"]
    assert isinstance(trust, ssl.SSLContext)
    assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("nonsense", "is not a URL"),
        ("mysql://u:p@h/d", "'mysql' is not supported"),
        ("sqlite:///x.db", "'sqlite' is not supported"),
        ("postgresql://u:p@h/d?sslmode=yes", "sslmode must be one of"),
        ("postgresql://u:p@h/d?connect_timeout=soon", "connect_timeout must be"),
        ("postgresql://u:p@h/d?sslmode=verify-full&sslcert=/none", "sslcert and sslkey name no usable"),
        ("postgresql://[::1/d", "is not a URL"),
    ],
)
def test_both_services_refuse_it_with_the_same_sentence(given: str, sentence: str) -> None:
    for read_settings in (read_api_settings, read_auth_settings):
        with pytest.raises(SettingsError, match=f"^DATABASE_URL {sentence}"):
            read_settings({"DATABASE_URL": given})
