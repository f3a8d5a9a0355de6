"""The settings of the API: their defaults, and the sentences for values that cannot be used."""

from pathlib import Path

import pytest

from api.settings import Settings, read_settings
from runtime.settings import SettingsError
from tests.support.command import run
from tests.support.process import ROOT


def read(**environment: str) -> Settings:
    """The settings in an environment of just these variables."""
    return read_settings(environment)


def refusal(**environment: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read(**environment)
    return str(refused.value)


def test_without_variables_the_defaults_are_beside_the_code() -> None:
    settings = read()
    assert settings.socket == ROOT / ".data" / "run" / "api.sock"
    assert settings.storage_url == f"sqlite+aiosqlite:///{ROOT}/.data/agent/sessions.db"
    assert (settings.credential, settings.demo, settings.workspace) == (None, False, "shared")
    assert settings.claude_home == ROOT / ".data" / "claude"


@pytest.mark.parametrize("written", ["7", '"7"', "'7'", " 7 ", '" 7 "'])
def test_one_pair_of_quotes_is_removed(written: str) -> None:
    assert read(MAX_SESSIONS=written).max_sessions == 7


@pytest.mark.parametrize("written", ["", '""', "  "])
def test_an_empty_value_means_the_default(written: str) -> None:
    assert read(MAX_SESSIONS=written, ANTHROPIC_API_KEY=written).max_sessions == 10


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("MAX_SESSIONS", "0", "a whole number from 1 to 1000"),
        ("MAX_SESSIONS", "ten", "a whole number from 1 to 1000"),
        ("IDLE_TIMEOUT", "0.5", "a number from 1 to 604800"),
        ("IDLE_TIMEOUT", "nan", "a number from 1 to 604800"),
        ("WORKSPACE", "mine", "one of shared, per-user"),
        ("DEMO", "perhaps", "1 or 0"),
        ("LOG_FORMAT", "xml", "one of console, json"),
        ("DEMO_PORT", "70000", "a whole number from 1 to 65535"),
        ("QUERY_PERMISSION_MODE", "yolo", "one of default, acceptEdits, plan, dontAsk, bypassPermissions"),
    ],
)
def test_an_unusable_value_is_refused_with_its_variable_and_the_fix(name: str, value: str, wanted: str) -> None:
    assert refusal(**{name: value}).startswith(f"{name} must be {wanted}: correct it, or unset it for")


def test_every_unusable_value_has_its_sentence() -> None:
    assert len(refusal(MAX_SESSIONS="0", DEMO="x").splitlines()) == 2


@pytest.mark.parametrize(
    ("environment", "part"),
    [
        (
            {"DATABASE_URL": "mysql://u:hunter2@h/d"},
            "DATABASE_URL 'mysql' is not supported: write it like postgresql://",
        ),
        ({"QUERY_PERMISSION_MODE": "bypassPermissions"}, "ALLOW_BYPASS_PERMISSIONS=1"),
        ({"ANTHROPIC_BASE_URL": "https://g", "CLAUDE_CODE_OAUTH_TOKEN": "hunter2"}, "ANTHROPIC_AUTH_TOKEN"),
        ({"ANTHROPIC_BASE_URL": "g", "ANTHROPIC_API_KEY": "hunter2"}, "ANTHROPIC_BASE_URL must start with"),
        ({"REPLICA_URL": "https://a:1", "DATABASE_URL": "postgresql://h/d"}, "REPLICA_URL must look like http://"),
        ({"REPLICA_URL": "http://a", "DATABASE_URL": "postgresql://h/d"}, "REPLICA_URL must look like http://"),
        ({"REPLICA_URL": "http://a:65536", "DATABASE_URL": "postgresql://h/d"}, "REPLICA_URL must look like http://"),
        ({"REPLICA_URL": "http://a:8081"}, "REPLICA_URL requires DATABASE_URL"),
        ({"WORKSPACE_DIR": "/w", "DATA_DIR": "/w/data"}, "DATA_DIR must not be inside WORKSPACE_DIR"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(environment: dict[str, str], part: str) -> None:
    sentence = refusal(**environment)
    assert part in sentence
    assert "hunter2" not in sentence


@pytest.mark.parametrize("port", ["1", "8081", "59999", "60000", "65535"])
def test_a_replica_may_have_any_port(port: str) -> None:
    url = f"http://10.0.0.5:{port}"
    assert read(REPLICA_URL=url, DATABASE_URL="postgresql://h/d").replica_url == url


@pytest.mark.parametrize(
    ("environment", "kind", "used"),
    [
        ({"CLAUDE_CODE_OAUTH_TOKEN": "t"}, "subscription", {"CLAUDE_CODE_OAUTH_TOKEN": "t"}),
        ({"CLAUDE_CODE_OAUTH_TOKEN": "t", "ANTHROPIC_API_KEY": "k"}, "api_key", {"ANTHROPIC_API_KEY": "k"}),
        (
            {"ANTHROPIC_BASE_URL": "https://g", "ANTHROPIC_AUTH_TOKEN": "a", "CLAUDE_CODE_OAUTH_TOKEN": "t"},
            "gateway",
            {"ANTHROPIC_BASE_URL": "https://g", "ANTHROPIC_AUTH_TOKEN": "a"},
        ),
        ({"CLAUDE_CODE_USE_BEDROCK": "1", "ANTHROPIC_API_KEY": "k"}, "bedrock", {"CLAUDE_CODE_USE_BEDROCK": "1"}),
        ({"CLAUDE_CODE_USE_VERTEX": "true"}, "vertex", {"CLAUDE_CODE_USE_VERTEX": "1"}),
        ({"CLAUDE_CODE_USE_FOUNDRY": "1"}, "foundry", {"CLAUDE_CODE_USE_FOUNDRY": "1"}),
        (
            {"DEMO": "1", "DEMO_PORT": "7", "ANTHROPIC_API_KEY": "k", "CLAUDE_CODE_USE_BEDROCK": "1"},
            "demo",
            {"ANTHROPIC_BASE_URL": "http://127.0.0.1:7", "ANTHROPIC_API_KEY": "demo"},
        ),
    ],
)
def test_one_credential_is_used_and_the_others_are_empty(
    environment: dict[str, str], kind: str, used: dict[str, str]
) -> None:
    credential = read(**environment).credential
    assert credential is not None
    assert credential.kind == kind
    assert {name: value for name, value in credential.environment.items() if value} == used
    assert {"CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"} <= set(credential.environment)


def test_secrets_are_not_printed() -> None:
    settings = read(ANTHROPIC_API_KEY="hunter2", DATABASE_URL="postgresql://u:hunter2@h/d")
    assert "hunter2" not in f"{settings!r} {settings} {settings.credential!r}"
    assert settings.storage_url == "postgresql+asyncpg://u:hunter2@h/d"


async def test_check_lists_what_will_run() -> None:
    done = await run("api", "check", DEMO="1", ALLOW_BYPASS_PERMISSIONS="1")
    assert (done.code, done.err) == (0, "")
    for part in ("Claude Code 2.", "the demo model, because DEMO=1", "ALLOW_BYPASS_PERMISSIONS", "TRUST_WORKSPACE=1"):
        assert part in done.out


async def test_check_refuses_without_credentials_naming_variable_and_command() -> None:
    done = await run("api", "check")
    assert (done.code, done.out) == (1, "")
    assert "CLAUDE_CODE_OAUTH_TOKEN" in done.err
    assert "claude setup-token" in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("command", [(), ("check",), ("doctor",)])
async def test_each_command_refuses_an_unusable_setting_in_one_sentence(command: tuple[str, ...]) -> None:
    done = await run("api", *command, MAX_SESSIONS="many")
    assert done.code == 1
    assert done.err.splitlines() == [
        "MAX_SESSIONS must be a whole number from 1 to 1000: correct it, or unset it for the default, 10."
    ]


async def test_a_program_that_is_not_claude_code_is_refused(tmp_path: Path) -> None:
    done = await run("api", "check", DEMO="1", CLAUDE_CLI=str(tmp_path / "gone"))
    assert done.code == 1
    assert "CLAUDE_CLI" in done.err


async def test_an_unknown_command_shows_the_usage() -> None:
    done = await run("api", "chekc")
    assert (done.code, done.err.strip()) == (2, "usage: python -m api [check|doctor]")
