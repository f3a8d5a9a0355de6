"""The settings of serve, and the environment of its apps."""

from pathlib import Path

import pytest

from runtime.settings import SettingsError
from tui.serve.app_process import app_environment
from tui.serve.settings import read_settings


def test_defaults_find_the_deployment_beside_the_code() -> None:
    settings = read_settings({})
    assert settings.socket == Path(__file__).parents[2] / ".data" / "run" / "tui.sock"
    assert (settings.max_tabs, settings.reattach_seconds) == (20, 60)


def test_quotes_are_removed() -> None:
    settings = read_settings({"RUN_DIR": "'/run/app'", "MAX_TABS": '"3"', "REATTACH_SECONDS": "0"})
    assert settings.socket == Path("/run/app/tui.sock")
    assert (settings.max_tabs, settings.reattach_seconds) == (3, 0)


@pytest.mark.parametrize(("name", "value"), [("MAX_TABS", "0"), ("MAX_TABS_TOTAL", "many"), ("REATTACH_SECONDS", "-1")])
def test_an_unusable_value_is_refused_with_its_variable_and_the_fix(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must be a whole number .* or unset it for the default, "):
        read_settings({name: value})


def test_an_app_receives_only_the_listed_variables() -> None:
    secrets = {"SESSION_SECRET": "s", "RESEND_API_KEY": "r", "ANTHROPIC_API_KEY": "a", "CLAUDE_CODE_OAUTH_TOKEN": "c"}
    settings = read_settings({**secrets, "PATH": "/bin", "RUN_DIR": "/run/app"})
    environment = app_environment(settings.environment)
    assert not set(secrets) & set(environment)
    assert (environment["PATH"], environment["RUN_DIR"]) == ("/bin", "/run/app")
    assert environment["TEXTUAL_DRIVER"] == "tui.web_driver:TabDriver"
