"""Volumes, the backup commands of docs/container.md, and doctor's warnings about volumes."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.container import IMAGE, Container, docker, running
from tests.support.process import ROOT


@pytest.fixture
def volumes() -> Iterator[list[str]]:
    """The names of four volumes for two containers."""
    names = [f"test-{uuid4().hex[:12]}" for _ in range(4)]
    yield names
    docker("volume", "rm", "--force", *names)


def mounted(data: str, work: str) -> tuple[str, ...]:
    return ("--volume", f"{data}:/data", "--volume", f"{work}:/workspace")


def commands() -> list[str]:
    """Returns the page's commands: stop, copy, start, copy a running container, restore."""
    page = (ROOT / "docs/container.md").read_text()
    section = page.partition("## Backups")[2].partition("\n## ")[0]
    return [line.strip() for line in section.splitlines() if line.startswith("    docker ")]


def follow(command: str, names: dict[str, str], folder: Path) -> None:
    """Runs a command of the page with other names of containers and volumes."""
    words = re.compile(r"\b(claude-code-sdk-container|claude-data|claude-work|claude)\b(?![./])")
    renamed = words.sub(lambda found: names[found[1]], command)
    subprocess.run(["sh", "-c", renamed], cwd=folder, check=True, capture_output=True, timeout=120)


def test_a_backup_is_restored_into_new_volumes(volumes: list[str], tmp_path: Path) -> None:
    stop, copy, start, copy_live, restore = commands()
    with running(*mounted(*volumes[:2])) as container:
        caller = container.caller()
        session = caller.open_session()
        caller.say(session, "the word is heron")
        caller.shell("mkdir notes; echo milk > notes/list.txt; chmod 640 notes/list.txt", session)
        secret = container.run("cat", "/data/auth/session_secret", user="gateway")
        names = {"claude": container.name, "claude-data": volumes[2], "claude-work": volumes[3]}
        names["claude-code-sdk-container"] = IMAGE
        follow(copy_live, names, tmp_path)
        copied = "import sqlite3; print(*sqlite3.connect('/data/agent/backup.db').execute('SELECT id FROM sessions'))"
        assert session in container.run("python3", "-c", copied, user="agent")
        for command in (stop, copy, start):
            follow(command, names, tmp_path)
    follow(restore, names, tmp_path)
    with running(*mounted(*volumes[2:])) as restored:
        caller = restored.caller()
        assert "heron" in str(caller.say(session, "demo:recall"))
        assert caller.shell("cat notes/list.txt; echo bread >> notes/list.txt", session).strip() == "milk"
        assert restored.run("cat", "/data/auth/session_secret", user="gateway") == secret
        assert restored.run("doctor").count("is a volume\n") == 2


def test_doctor_warns_about_volumes_without_a_name(container: Container) -> None:
    output = container.run("doctor")  # raises if doctor fails
    for folder in ("/data", "/workspace"):
        assert f"warn  {folder} is a volume without a name" in output


@pytest.mark.parametrize(("settings", "word"), [((), "FAIL"), (("--env=DATABASE_URL=postgresql://none",), "warn")])
def test_doctor_reports_folders_that_are_lost_with_the_container(settings: tuple[str, ...], word: str) -> None:
    where = ("--tmpfs=/data", "--tmpfs=/workspace", "--network=none", "--env=DEMO=1", *settings)
    done = docker("run", "--rm", *where, "--entrypoint=doctor", IMAGE, check=False)
    assert done.returncode == 1
    assert f"{word}  /data is in memory" in done.stdout
    assert "FAIL  /workspace is in memory" in done.stdout
