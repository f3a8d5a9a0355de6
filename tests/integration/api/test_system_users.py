"""The system users that run Claude Code, and the files in their homes."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.claude.command import ProcessOptions, command_line
from api.claude.home_files import TAIL_BYTES, HomeFiles
from api.claude.prompt_files import with_prompt_files
from api.errors import CliFailedError, NoSystemUserLeftError
from api.processes.system_users import MAX_SYSTEM_USERS, SystemUsers
from api.settings import read_settings
from api.storage import Storage


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with Storage(f"sqlite+aiosqlite:///{tmp_path / 'sessions.db'}") as opened:
        yield opened


def accounts(tmp_path: Path, storage: Storage, **settings: str) -> SystemUsers:
    environment = {name.upper(): value for name, value in settings.items()}
    given = {"DATA_DIR": str(tmp_path / "data"), "WORKSPACE_DIR": str(tmp_path / "work"), **environment}
    return SystemUsers(read_settings(given), storage.system_users)


async def test_a_shared_workspace_has_one_system_user(tmp_path: Path, storage: Storage) -> None:
    shared = accounts(tmp_path, storage)
    ada, bob = await shared.of("ada"), await shared.of("bob")
    assert ada == bob
    assert ada.home == tmp_path / "data" / "claude" / "claude"
    assert stat.S_IMODE(ada.home.stat().st_mode) == 0o700
    assert ada.run_as == ()


async def test_each_person_keeps_the_same_system_user(tmp_path: Path, storage: Storage) -> None:
    first = accounts(tmp_path, storage, workspace="per-user")
    assert [(await first.of(name)).name for name in ("ada", "bob", "ada")] == ["claude00", "claude01", "claude00"]
    again = accounts(tmp_path, storage, workspace="per-user")
    assert [(await again.of(name)).name for name in ("bob", "ada")] == ["claude01", "claude00"]


async def test_no_system_user_is_left_for_one_person_too_many(tmp_path: Path, storage: Storage) -> None:
    full = accounts(tmp_path, storage, workspace="per-user")
    for number in range(MAX_SYSTEM_USERS):
        await full.of(f"person {number}")
    with pytest.raises(NoSystemUserLeftError) as caught:
        await full.of("one more")
    assert caught.value.status == 503


async def test_home_files_are_written_read_and_removed(tmp_path: Path) -> None:
    files, path = HomeFiles(), tmp_path / "projects" / "a project" / "it's.jsonl"
    assert not await files.exists(path)
    assert await files.tail(path) == b""
    await files.write(path, b"x" * TAIL_BYTES + b"end")
    assert await files.exists(path)
    assert (await files.tail(path)).endswith(b"xend")
    assert len(await files.tail(path)) == TAIL_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["it's.jsonl"]
    await files.remove(tmp_path / "projects", "it's")
    assert not path.exists()


async def test_a_command_that_fails_raises_an_error_without_the_path(tmp_path: Path) -> None:
    with pytest.raises(CliFailedError) as caught:
        await HomeFiles(("false",)).exists(tmp_path)
    assert str(tmp_path) not in str(caught.value)


async def test_system_prompts_are_not_in_the_command_line(tmp_path: Path, storage: Storage) -> None:
    account = await accounts(tmp_path, storage).of("ada")
    said = "heron " * 50_000  # no command line takes as much
    launch = ProcessOptions(session_id="s", cwd=tmp_path, system_prompt=said, append_system_prompt="heron")
    command = command_line(await with_prompt_files(launch, account.home), Path("claude"))
    assert "heron" not in " ".join(command)
    (path,) = [Path(word.partition("=")[2]) for word in command if word.startswith("--system-prompt-file=")]
    assert path.read_text() == said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
