"""`.env.example` and start.sh name exactly the settings that the rooms read."""

import re
from collections.abc import Callable, Iterator, Mapping

import pytest

import tui.serve.settings
import tui.settings
from api.settings import Settings as ApiSettings
from auth.settings import Settings as DoorSettings
from tests.support.process import ROOT

SET_BY_START = {"START_ID", "SEPARATE_USERS"}
SECRETS_OF_THE_DOOR = {
    "SESSION_SECRET",
    "SESSION_SECRET_PREVIOUS",
    "RESEND_API_KEY",
    "CLAUDE_CODE_SDK_CONTAINER_API_KEY",
}


class Asked(Mapping[str, str]):
    """An empty environment that remembers which names were asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def asked_by(read: Callable[[Mapping[str, str]], object]) -> set[str]:
    asked = Asked()
    read(asked)
    return asked.names


def of_the_door() -> set[str]:
    return {field.alias or name for name, field in DoorSettings.model_fields.items()} - SET_BY_START


def of_the_api() -> set[str]:
    return {name.upper() for name in ApiSettings.model_fields} - SET_BY_START


def of_the_screen() -> set[str]:
    return asked_by(tui.settings.read_settings) | asked_by(tui.serve.settings.read_settings)


def listed() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))


def given_by_start(name: str) -> set[str]:
    found = re.search(rf'^{name}="([^"]*)"', (ROOT / "start.sh").read_text(), re.M)
    assert found
    return set(found[1].split())


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert listed() == of_the_door() | of_the_api() | of_the_screen()


@pytest.mark.parametrize(("room", "names"), [("door", of_the_door()), ("screen", of_the_screen())])
def test_start_hands_each_room_its_settings(room: str, names: set[str]) -> None:
    assert names <= given_by_start(room) | given_by_start("everywhere")


def test_start_keeps_the_doors_secrets_from_the_other_rooms() -> None:
    assert given_by_start("door_secrets") == SECRETS_OF_THE_DOOR
    assert not given_by_start("screen") & SECRETS_OF_THE_DOOR
    assert not given_by_start("everywhere") & SECRETS_OF_THE_DOOR
