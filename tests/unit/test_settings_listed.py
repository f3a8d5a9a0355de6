"""`.env.example` and start.sh name exactly the settings that the rooms read."""

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
SECRETS_OF_THE_DOOR = {
    "SESSION_SECRET",
    "SESSION_SECRET_PREVIOUS",
    "RESEND_API_KEY",
    "CLAUDE_CODE_SDK_CONTAINER_API_KEY",
}


def of_the_door() -> set[str]:
    return set(variables_of(auth.settings.Settings)) - SET_BY_START


def of_the_api() -> set[str]:
    return set(variables_of(api.settings.Settings)) - SET_BY_START


def of_the_screen() -> set[str]:
    return set(variables_of(tui.settings.Settings)) | set(variables_of(tui.serve.settings.Settings))


def of_the_demo() -> set[str]:
    return set(variables_of(demo.settings.Settings))


def listed() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))


def given_by_start(name: str) -> set[str]:
    found = re.search(rf'^{name}="([^"]*)"', (ROOT / "start.sh").read_text(), re.M)
    assert found
    return set(found[1].split())


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert listed() == of_the_door() | of_the_api() | of_the_screen() | of_the_demo()


@pytest.mark.parametrize(("room", "names"), [("door", of_the_door()), ("screen", of_the_screen())])
def test_start_hands_each_room_its_settings(room: str, names: set[str]) -> None:
    assert names <= given_by_start(room) | given_by_start("everywhere")


def test_start_keeps_the_doors_secrets_from_the_other_rooms() -> None:
    assert given_by_start("door_secrets") == SECRETS_OF_THE_DOOR
    assert not given_by_start("screen") & SECRETS_OF_THE_DOOR
    assert not given_by_start("everywhere") & SECRETS_OF_THE_DOOR


@pytest.mark.parametrize(
    "module", [api.settings, api.credentials, auth.settings, demo.settings, tui.settings, tui.serve.settings]
)
def test_every_setting_says_what_it_is(module: ModuleType) -> None:
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
