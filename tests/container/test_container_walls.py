"""What an agent with an allowed shell can reach: nothing but its workspace, its home and the network."""

import json
from pathlib import Path

import pytest

from tests.container.attack import ATTACKS
from tests.support.container import MODEL_KEY, Caller, Container

SCRIPT = Path(__file__).with_name("attack.py").read_bytes()
NAMES = [attack.__name__ for attack in ATTACKS]


def attacked(caller: Caller, *, by_hand: bool = False) -> dict[str, list[str]]:
    """What each attack reached, from a session of this person: by Claude, or by a command of the person's own."""
    put = caller.ask("PUT", "/files/attack.py", content=SCRIPT)
    assert put.is_success, put.text
    run = caller.own_shell if by_hand else caller.shell
    found: dict[str, list[str]] = json.loads(run(f"python3 attack.py {caller.container.port} {MODEL_KEY[::-1]}"))
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


@pytest.fixture(scope="module")
def loot_by_hand(separate: Container) -> dict[str, list[str]]:
    """What a command that Bob typed himself got hold of."""
    return attacked(separate.caller("bob"), by_hand=True)


def test_there_is_something_to_attack(loot: dict[str, list[str]], loot_of_bob: dict[str, list[str]]) -> None:
    assert len(loot["strangers"]) >= 7
    assert {"0", "10001", "10002", "10200"} <= set(loot_of_bob["strangers"]), "Ada's Claude Code is there too"


@pytest.mark.parametrize("attack", NAMES)
def test_the_wall_around_the_agent_holds(loot: dict[str, list[str]], attack: str) -> None:
    assert loot[attack] == []


@pytest.mark.parametrize("attack", NAMES)
def test_the_wall_between_people_holds(loot_of_bob: dict[str, list[str]], attack: str) -> None:
    assert loot_of_bob[attack] == []


@pytest.mark.parametrize("attack", NAMES)
def test_the_wall_around_a_persons_own_commands_holds(loot_by_hand: dict[str, list[str]], attack: str) -> None:
    assert loot_by_hand[attack] == []


def test_people_work_as_users_of_their_own(separate: Container) -> None:
    ada, bob = separate.caller("ada"), separate.caller("bob")
    assert {ada.shell("id -un").strip(), bob.shell("id -un").strip()} == {"claude00", "claude01"}
    assert bob.own_shell("id -un") == bob.shell("id -un")


def test_a_workspace_is_closed_to_others(separate: Container) -> None:
    ada, bob = separate.caller("ada"), separate.caller("bob")
    assert ada.shell("echo private > diary.txt; cat diary.txt").strip() == "private"
    folder = ada.shell("pwd").strip()
    assert bob.shell("pwd").strip() != folder
    for command in (f"ls {folder}", f"cat {folder}/diary.txt", f"touch {folder}/planted", "ls /workspace"):
        # Claude Code asks before a command it knows leaves the folder; a script it does not know.
        assert bob.ask("PUT", "/files/try.sh", content=f"{command} 2>&1 || true").is_success
        assert "Permission denied" in bob.shell("sh try.sh")


def test_claude_code_has_its_credential_and_its_commands_have_not(separate: Container) -> None:
    ada = separate.caller("ada")
    assert "heron" not in ada.shell("env") + ada.own_shell("env")
    assert ada.ask(
        "PUT", "/files/look.sh", content="cat /proc/$PPID/environ /proc/*/environ 2>/dev/null; true"
    ).is_success
    seen = ada.shell("sh look.sh")
    assert "ANTHROPIC_BASE_URL" in seen
    assert MODEL_KEY not in seen


LINKS = {
    "sessions": "/data/agent/sessions.db",
    "secret": "/data/auth/session_secret",
    "api": "/proc/self/environ",
    "memory": "/proc/self/mem",
    "root": "/proc/self/root/etc/passwd",
    "socket": "/run/house/api.sock",
    "diary": "../ada/diary.txt",
    "deployment": "/data",
    "people": "..",
}


def test_links_that_an_agent_plants_lead_nobody_out_of_the_workspace(separate: Container) -> None:
    ada, bob = separate.caller("ada"), separate.caller("bob")
    ada.shell("echo private > diary.txt")
    planting = "\n".join(f"ln -sfn {target} {name}" for name, target in LINKS.items())
    assert bob.ask("PUT", "/files/plant.sh", content=planting).is_success
    bob.shell("sh plant.sh")
    assert {entry["name"] for entry in bob.ask("GET", "/files/").json()["entries"]} >= LINKS.keys()
    for name in LINKS:
        for path in (name, f"{name}/", f"{name}/agent/sessions.db", f"{name}/ada/diary.txt"):
            assert bob.ask("GET", f"/files/{path}").status_code in (403, 404), path
        assert bob.ask("PUT", f"/files/{name}/planted", content="x").status_code in (403, 404, 409), name
    # A link itself is Bob's: he may put a file in its place.
    assert bob.ask("PUT", "/files/diary", content="mine").is_success
    assert ada.shell("cat diary.txt").strip() == "private"
