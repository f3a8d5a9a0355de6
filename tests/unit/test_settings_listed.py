"""`.env.example` and start.sh name exactly the settings that the services read."""

import ast
import inspect
import re
from types import ModuleType

import pytest

import api.credentials
import api.settings
import auth.settings
import demo.settings
import tui.serve.settings
import tui.settings
from runtime.settings import variables_of
from tests.support.process import ROOT

SET_BY_START = {"START_ID", "SEPARATE_USERS"}
GATEWAY_SECRETS = {
    "SESSION_SECRET",
    "SESSION_SECRET_PREVIOUS",
    "RESEND_API_KEY",
    "CLAUDE_CODE_SDK_CONTAINER_API_KEY",
}


def gateway_settings() -> set[str]:
    return set(variables_of(auth.settings.Settings)) - SET_BY_START


def api_settings() -> set[str]:
    return set(variables_of(api.settings.Settings)) - SET_BY_START


def terminal_settings() -> set[str]:
    return set(variables_of(tui.settings.Settings)) | set(variables_of(tui.serve.settings.Settings))


def demo_settings() -> set[str]:
    return set(variables_of(demo.settings.Settings))


def listed_settings() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))


def passed_by_start(name: str) -> set[str]:
    found = re.search(rf'^{name}="([^"]*)"', (ROOT / "start.sh").read_text(), re.M)
    assert found
    return set(found[1].split())


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert listed_settings() == gateway_settings() | api_settings() | terminal_settings() | demo_settings()


@pytest.mark.parametrize(("list_name", "names"), [("gateway", gateway_settings()), ("terminal", terminal_settings())])
def test_start_passes_each_service_its_settings(list_name: str, names: set[str]) -> None:
    assert names <= passed_by_start(list_name) | passed_by_start("common")


def test_start_keeps_the_gateways_secrets_from_the_other_services() -> None:
    assert passed_by_start("gateway_secrets") == GATEWAY_SECRETS
    assert not passed_by_start("terminal") & GATEWAY_SECRETS
    assert not passed_by_start("common") & GATEWAY_SECRETS


@pytest.mark.parametrize(
    "module", [api.settings, api.credentials, auth.settings, demo.settings, tui.settings, tui.serve.settings]
)
def test_every_setting_has_a_description(module: ModuleType) -> None:
    classes = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)]
    described, undescribed = 0, []
    for kind in classes:
        for field, after in zip(kind.body, [*kind.body[1:], None], strict=True):
            if isinstance(field, ast.AnnAssign):
                is_described = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                described += is_described
                undescribed += [] if is_described else [ast.unparse(field.target)]
    assert undescribed == []
    assert described
