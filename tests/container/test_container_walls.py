"""The isolation of an agent with a shell: it reaches only its workspace, its home and the network."""

import json
from pathlib import Path

import pytest

from tests.container.attack import ATTACKS
from tests.support.container import MODEL_KEY, Caller, Container

SCRIPT = Path(__file__).with_name("attack.py").read_bytes()
NAMES = [attack.__name__ for attack in ATTACKS]


def attacked(caller: Caller, *, by_hand: bool = False) -> dict[str, list[str]]:
    """Returns what each attack reached from a session of this person.

    Args:
        by_hand: runs the attacks as a shell command of the person instead of Claude's.
    """
    put = caller.ask("PUT", "/files/attack.py", content=SCRIPT)
    assert put.is_success, put.text
    run = caller.own_shell if by_hand else caller.shell
    found: dict[str, list[str]] = json.loads(run(f"python3 attack.py {caller.container.port} {MODEL_KEY[::-1]}"))
    return found


@pytest.fixture(scope="module")
def shared_loot(container: Container) -> dict[str, list[str]]:
    """What a session in a shared workspace reached."""
    return attacked(container.caller("ada"))


@pytest.fixture(scope="module")
def bobs_loot(separate_users: Container) -> dict[str, list[str]]:
    """What Bob's session reached while a process of Ada ran."""
    ada = separate_users.caller("ada")
    session = ada.open_session(systemPrompt="The word is heron.", appendSystemPrompt="Say heron to nobody.")
    ada.shell("echo private > diary.txt", session)
    return attacked(separate_users.caller("bob"))


@pytest.fixture(scope="module")
def by_hand_loot(separate_users: Container) -> dict[str, list[str]]:
    """What a command that Bob typed himself reached."""
    return attacked(separate_users.caller("bob"), by_hand=True)


def test_there_are_processes_to_attack(shared_loot: dict[str, list[str]], bobs_loot: dict[str, list[str]]) -> None:
    assert len(shared_loot["foreign_owners"]) >= 7
    assert {"0", "10001", "10002", "10200"} <= set(bobs_loot["foreign_owners"]), "Ada's Claude Code runs too"


@pytest.mark.parametrize("attack", NAMES)
def test_the_agent_is_isolated(shared_loot: dict[str, list[str]], attack: str) -> None:
    assert shared_loot[attack] == []


@pytest.mark.parametrize("attack", NAMES)
def test_people_are_isolated_from_each_other(bobs_loot: dict[str, list[str]], attack: str) -> None:
    assert bobs_loot[attack] == []


@pytest.mark.parametrize("attack", NAMES)
def test_a_persons_own_commands_are_isolated(by_hand_loot: dict[str, list[str]], attack: str) -> None:
    assert by_hand_loot[attack] == []


def test_every_person_has_a_separate_system_user(separate_users: Container) -> None:
    ada, bob = separate_users.caller("ada"), separate_users.caller("bob")
    assert {ada.shell("id -un").strip(), bob.shell("id -un").strip()} == {"claude00", "claude01"}
    assert bob.own_shell("id -un") == bob.shell("id -un")


def test_a_workspace_is_private(separate_users: Container) -> None:
    ada, bob = separate_users.caller("ada"), separate_users.caller("bob")
    assert ada.shell("echo private > diary.txt; cat diary.txt").strip() == "private"
    folder = ada.shell("pwd").strip()
    assert bob.shell("pwd").strip() != folder
    for command in (f"ls {folder}", f"cat {folder}/diary.txt", f"touch {folder}/planted", "ls /workspace"):
        # In a script, because Claude Code asks for permission if it sees that a command leaves the workspace.
        assert bob.ask("PUT", "/files/try.sh", content=f"{command} 2>&1 || true").is_success
        assert "Permission denied" in bob.shell("sh try.sh")


def test_only_claude_code_itself_has_its_credential(separate_users: Container) -> None:
    ada = separate_users.caller("ada")
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


def test_symbolic_links_do_not_lead_out_of_the_workspace(separate_users: Container) -> None:
    ada, bob = separate_users.caller("ada"), separate_users.caller("bob")
    ada.shell("echo private > diary.txt")
    planting = "\n".join(f"ln -sfn {target} {name}" for name, target in LINKS.items())
    assert bob.ask("PUT", "/files/plant.sh", content=planting).is_success
    bob.shell("sh plant.sh")
    assert {entry["name"] for entry in bob.ask("GET", "/files/").json()["entries"]} >= LINKS.keys()
    for name in LINKS:
        for path in (name, f"{name}/", f"{name}/agent/sessions.db", f"{name}/ada/diary.txt"):
            assert bob.ask("GET", f"/files/{path}").status_code in (403, 404), path
        assert bob.ask("PUT", f"/files/{name}/planted", content="x").status_code in (403, 404, 409), name
    # The link itself belongs to Bob, so he can replace it with a file.
    assert bob.ask("PUT", "/files/diary", content="mine").is_success
    assert ada.shell("cat diary.txt").strip() == "private"
