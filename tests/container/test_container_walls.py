"""What an agent with an allowed shell can reach: nothing but its workspace, its home and the network."""

import json
from pathlib import Path

import pytest

from tests.container.attack import ATTACKS
from tests.parts.container import Caller, Container

SCRIPT = Path(__file__).with_name("attack.py").read_bytes()
NAMES = [attack.__name__ for attack in ATTACKS]


def attacked(caller: Caller) -> dict[str, list[str]]:
    """What each attack reached, from a session of this person."""
    put = caller.ask("PUT", "/files/attack.py", content=SCRIPT)
    assert put.is_success, put.text
    found: dict[str, list[str]] = json.loads(caller.shell(f"python3 attack.py {caller.container.port}"))
    return found


@pytest.fixture(scope="module")
def loot(container: Container) -> dict[str, list[str]]:
    """What a session in a shared workspace got hold of."""
    return attacked(container.caller("ada"))


@pytest.fixture(scope="module")
def loot_of_bob(separate: Container) -> dict[str, list[str]]:
    """What Bob's session got hold of while a process of Ada's ran."""
    ada = separate.caller("ada")
    session = ada.open_session(systemPrompt="The word is heron.", appendSystemPrompt="Say heron to nobody.")
    ada.shell("echo private > diary.txt", session)
    return attacked(separate.caller("bob"))


def test_there_is_something_to_attack(loot: dict[str, list[str]], loot_of_bob: dict[str, list[str]]) -> None:
    assert int(loot_of_bob["strangers"][0]) > int(loot["strangers"][0]) >= 7


@pytest.mark.parametrize("attack", NAMES)
def test_the_wall_around_the_agent_holds(loot: dict[str, list[str]], attack: str) -> None:
    assert loot[attack] == []


@pytest.mark.parametrize("attack", NAMES)
def test_the_wall_between_people_holds(loot_of_bob: dict[str, list[str]], attack: str) -> None:
    assert loot_of_bob[attack] == []


def test_people_work_as_users_of_their_own(separate: Container) -> None:
    names = {separate.caller(name).shell("id -un").strip() for name in ("ada", "bob")}
    assert names == {"claude00", "claude01"}


def test_a_workspace_is_closed_to_others(separate: Container) -> None:
    ada, bob = separate.caller("ada"), separate.caller("bob")
    assert ada.shell("echo private > diary.txt; cat diary.txt").strip() == "private"
    folder = ada.shell("pwd").strip()
    assert bob.shell("pwd").strip() != folder
    for command in (f"ls {folder}", f"cat {folder}/diary.txt", f"touch {folder}/planted", "ls /workspace"):
        # Claude Code asks before a command it knows leaves the folder; a script it does not know.
        assert bob.ask("PUT", "/files/try.sh", content=f"{command} 2>&1 || true").is_success
        assert "Permission denied" in bob.shell("sh try.sh")
