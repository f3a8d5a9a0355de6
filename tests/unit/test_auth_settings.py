"""The gateway's settings: invalid values, their error messages, and defaults."""

from pathlib import Path

import pytest

from auth.login.secret_strength import find_weakness
from auth.settings import Settings, read_settings
from auth.startup_summary import advice, open_modes, summarize
from runtime.settings import SettingsError

GOOD_SECRET = "7c1e5b9a3f2d4860b1c2d3e4f5a60718"


def read(**variables: str) -> Settings:
    return read_settings(variables)


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "port a word": ({"PORT": "web"}, "PORT must be a whole number from 1 to 65535"),
    "port too high": ({"PORT": "70000"}, "PORT must be a whole number from 1 to 65535"),
    "port zero": ({"PORT": "0"}, "PORT must be a whole number from 1 to 65535"),
    "url without scheme": ({"PUBLIC_URL": "claude.example.com"}, "PUBLIC_URL is not an http or https URL"),
    "url of another scheme": ({"PUBLIC_URL": "ftp://x.example"}, "PUBLIC_URL is not an http or https URL"),
    "url with a path": ({"PUBLIC_URL": "https://x.example/claude"}, "PUBLIC_URL must be scheme and host alone"),
    "url with a query": ({"PUBLIC_URL": "https://x.example?a"}, "PUBLIC_URL must be scheme and host alone"),
    "url with a user": ({"PUBLIC_URL": "https://me@x.example"}, "PUBLIC_URL is not an http or https URL"),
    "url without host": ({"PUBLIC_URL": "https://"}, "PUBLIC_URL is not an http or https URL"),
    "url not ascii": ({"PUBLIC_URL": "https://cl\u00e4ude.example"}, "PUBLIC_URL is not an http or https URL"),
    "url with a bad bracket": ({"PUBLIC_URL": "https://[::1"}, "PUBLIC_URL is not a URL"),
    "email a word": ({"ALLOWED_EMAILS": "ada"}, "ALLOWED_EMAILS has 'ada', which is not an address"),
    "domain with at": (
        {"ALLOWED_DOMAINS": "ada@example.com"},
        "ALLOWED_DOMAINS has 'ada@example.com', which is not a domain",
    ),
    "domain pattern": (
        {"ALLOWED_DOMAINS": "*.example.com"},
        "ALLOWED_DOMAINS has '*.example.com', which is not a domain",
    ),
    "domain url": (
        {"ALLOWED_DOMAINS": "https://example.com"},
        "ALLOWED_DOMAINS has 'https://example.com', which is not a domain",
    ),
    "secret short": ({"SESSION_SECRET": "hunter2"}, "SESSION_SECRET is shorter than 16 bytes"),
    "secret known": ({"SESSION_SECRET": "devdevdev"}, "SESSION_SECRET is shorter than 16 bytes"),
    "secret known, longer": ({"SESSION_SECRET": "devdevdevdevdevdev"}, "SESSION_SECRET is a known placeholder"),
    "secret placeholder": ({"SESSION_SECRET": "change-me-to-something"}, "SESSION_SECRET is a known placeholder"),
    "secret pattern": ({"SESSION_SECRET": "ab12cd34ab12cd34ab12cd34"}, "SESSION_SECRET is a repeated pattern"),
    "previous secret": ({"SESSION_SECRET_PREVIOUS": "x"}, "SESSION_SECRET_PREVIOUS is shorter than 16 bytes"),
    "mail key without sender": ({"RESEND_API_KEY": "re_1"}, "EMAIL_FROM is missing"),
    "sender without address": (
        {"RESEND_API_KEY": "re_1", "EMAIL_FROM": "Claude"},
        "EMAIL_FROM contains no e-mail address",
    ),
    "mail url": (
        {"RESEND_API_KEY": "re_1", "EMAIL_FROM": "a@example.com", "RESEND_API_URL": "mail.example"},
        "RESEND_API_URL is not a URL",
    ),
    "proxy in a network": ({"TRUSTED_PROXIES": "10.0.0.1/8"}, "TRUSTED_PROXIES must be networks"),
    "proxies": ({"TRUSTED_PROXIES": "nginx"}, "TRUSTED_PROXIES must be networks"),
    "key without a name": (
        {"CLAUDE_CODE_SDK_CONTAINER_API_KEY": ":abc"},
        "CLAUDE_CODE_SDK_CONTAINER_API_KEY has an entry",
    ),
    "name without a key": (
        {"CLAUDE_CODE_SDK_CONTAINER_API_KEY": "ci:"},
        "CLAUDE_CODE_SDK_CONTAINER_API_KEY has an entry",
    ),
    "a hash cut short": (
        {"CLAUDE_CODE_SDK_CONTAINER_API_KEY": "ci:sha256:abc"},
        "CLAUDE_CODE_SDK_CONTAINER_API_KEY has a hash of 'ci' that is not 64 hex digits",
    ),
    "a reserved name": (
        {"CLAUDE_CODE_SDK_CONTAINER_API_KEY": "local:abc"},
        "CLAUDE_CODE_SDK_CONTAINER_API_KEY names a key 'local', which is a reserved name",
    ),
    "idle longer than all": ({"SESSION_IDLE_MINUTES": "900"}, "SESSION_IDLE_MINUTES is longer than SESSION_MAX_HOURS"),
    "idle zero": (
        {"SESSION_IDLE_MINUTES": "0"},
        "SESSION_IDLE_MINUTES must be a number greater than 0 and up to 43200",
    ),
    "demo": ({"DEMO": "perhaps"}, "DEMO must be 1 or 0"),
    "log format": ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be one of console, json"),
    "log level": ({"LOG_LEVEL": "loud"}, "LOG_LEVEL must be one of debug, info, warning, error"),
    "database": ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL 'mysql' is not supported"),
    "database, no url": ({"DATABASE_URL": "x"}, "DATABASE_URL is not a URL"),
    "tabs": ({"MAX_TABS": "0"}, "MAX_TABS must be a whole number from 1 to 1000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    variables, sentence = REFUSED[name]
    with pytest.raises(SettingsError) as refused:
        read(**variables)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("name", [name for name in REFUSED if "secret" in name or "key" in name])
def test_refusals_reveal_no_secret(name: str) -> None:
    variables, _ = REFUSED[name]
    with pytest.raises(SettingsError) as refused:
        read(**variables)
    for variable, value in variables.items():
        if variable in {"SESSION_SECRET", "RESEND_API_KEY"} and value not in {"x"}:
            assert value not in str(refused.value)


def test_quotes_are_removed() -> None:
    settings = read(
        PORT='"9000"',
        PUBLIC_URL="'https://c.example'",
        ALLOWED_EMAILS='"a@example.com, B@Example.com"',
        SESSION_SECRET=f'"{GOOD_SECRET}"',
    )
    assert (settings.port, settings.public_url, settings.session_secret) == (9000, "https://c.example", GOOD_SECRET)
    assert settings.allowlist.emails == {"a@example.com", "b@example.com"}
    assert settings.allowlist.first_email == "a@example.com"


@pytest.mark.parametrize(
    ("variables", "address", "allowed"),
    [
        ({}, "any@where.example", True),
        ({}, "owner@localhost", True),
        ({"PUBLIC_URL": "https://c.example"}, "any@where.example", False),
        ({"PUBLIC_URL": "https://c.example", "ALLOWED_DOMAINS": "*"}, "any@where.example", True),
        ({"PUBLIC_URL": "http://127.0.0.1:8080"}, "any@where.example", True),
        ({"ALLOWED_EMAILS": ""}, "any@where.example", False),
        ({"ALLOWED_DOMAINS": ""}, "any@where.example", False),
        ({"ALLOWED_EMAILS": "''"}, "any@where.example", False),
        ({"ALLOWED_EMAILS": " , "}, "any@where.example", False),
        ({"ALLOWED_EMAILS": "A@Example.com"}, "a@example.com", True),
        ({"ALLOWED_EMAILS": "a@example.com"}, "b@example.com", False),
        ({"ALLOWED_DOMAINS": "Example.COM"}, "b@example.com", True),
        ({"ALLOWED_DOMAINS": "@example.com"}, "b@example.com", True),
        ({"ALLOWED_DOMAINS": "example.com"}, "b@sub.example.com", False),
        ({"ALLOWED_DOMAINS": "example.com"}, "b@notexample.com", False),
        ({"ALLOWED_EMAILS": "a@one.example", "ALLOWED_DOMAINS": "two.example"}, "a@one.example", True),
        ({"ALLOWED_EMAILS": "a@one.example", "ALLOWED_DOMAINS": "two.example"}, "b@two.example", True),
        ({"ALLOWED_EMAILS": "a@one.example", "ALLOWED_DOMAINS": "two.example"}, "b@one.example", False),
    ],
)
def test_who_may_sign_in(variables: dict[str, str], address: str, allowed: bool) -> None:
    assert read(**variables).allowlist.allows(address) is allowed


@pytest.mark.parametrize(
    ("variables", "owner"),
    [
        ({}, "owner@localhost"),
        ({"ALLOWED_EMAILS": "b@example.com,a@example.com"}, "b@example.com"),
        ({"ALLOWED_DOMAINS": "example.com"}, None),
        ({"ALLOWED_DOMAINS": "*"}, "owner@localhost"),
        ({"ALLOWED_EMAILS": ""}, None),
    ],
)
def test_owner_for_the_link_at_start_up(variables: dict[str, str], owner: str | None) -> None:
    assert read(**variables).allowlist.owner == owner


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, ["ALLOWED_EMAILS", "CLAUDE_CODE_SDK_CONTAINER_API_KEY"]),
        ({"ALLOWED_EMAILS": "a@example.com"}, ["CLAUDE_CODE_SDK_CONTAINER_API_KEY"]),
        ({"CLAUDE_CODE_SDK_CONTAINER_API_KEY": "k" * 32}, ["ALLOWED_EMAILS"]),
        ({"PUBLIC_URL": "https://c.example"}, []),
        ({"PUBLIC_URL": "https://c.example", "ALLOW_PUBLIC_QUERY": "1"}, ["CLAUDE_CODE_SDK_CONTAINER_API_KEY"]),
        ({"PUBLIC_URL": "http://c.example", "ALLOWED_EMAILS": "a@example.com"}, ["plain http"]),
    ],
)
def test_open_modes_are_named(variables: dict[str, str], words: list[str]) -> None:
    modes = open_modes(read(**variables))
    assert len(modes) == len(words)
    for mode, word in zip(modes, words, strict=True):
        assert word in mode
        assert mode.isascii()


def test_summary_reveals_no_secret() -> None:
    secrets = {
        "SESSION_SECRET": GOOD_SECRET,
        "RESEND_API_KEY": "re_abcdefgh",
        "CLAUDE_CODE_SDK_CONTAINER_API_KEY": "ci:3d5f7a9bcd,me@example.com:88aa",
        "DATABASE_URL": "postgresql://door:hunter2@db/door",
    }
    settings = read(EMAIL_FROM="Claude <c@example.com>", **secrets)
    text = "\n".join(summarize(settings)) + repr(settings)
    for secret in (GOOD_SECRET, "re_abcdefgh", "3d5f7a9bcd", "88aa", "hunter2"):
        assert secret not in text
    assert "ci, me@example.com" in text


def test_advice() -> None:
    public = {"PUBLIC_URL": "https://c.example", "ALLOWED_DOMAINS": "c.example"}
    assert advice(read()) == []
    assert "TRUSTED_PROXIES" in "\n".join(summarize(read(**public)))
    assert advice(read(**public, TRUSTED_PROXIES="10.0.0.0/8")) == []
    assert "'key' is short" in advice(read(CLAUDE_CODE_SDK_CONTAINER_API_KEY="abc"))[0]


def test_summary_says_that_nobody_may_sign_in() -> None:
    text = "\n".join(summarize(read(PUBLIC_URL="https://c.example")))
    assert "no one: PUBLIC_URL is public" in text
    assert "ALLOWED_DOMAINS=*" in text


def test_listens_on_loopback_unless_public() -> None:
    assert read().listen_on == ("127.0.0.1", "::1")
    assert read(PUBLIC_URL="https://c.example").listen_on == ("0.0.0.0", "::")
    assert read(BIND="10.0.0.1, ::1").listen_on == ("10.0.0.1", "::1")


def test_folders_derive_from_the_package() -> None:
    settings = read_settings({})
    assert settings.data_dir == Path(__file__).parents[2] / ".data"
    assert settings.run_dir == settings.data_dir / "run"


@pytest.mark.parametrize("secret", [GOOD_SECRET, "correct horse battery staple", "Zm9vYmFyYmF6cXV4eHh5eno=1k"])
def test_strong_secrets_are_not_called_weak(secret: str) -> None:
    assert find_weakness(secret) is None
