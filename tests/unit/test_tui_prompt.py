"""The parts behind the prompt: completion, history, pastes; also user state, settings, arguments, times."""

import errno
from pathlib import Path

import pytest

from runtime.shared_variables import ROOT
from tui.__main__ import read_arguments
from tui.commands.catalog import ALIASES, COMMANDS
from tui.commands.dispatch import _ACTIONS
from tui.model.clock import ago, duration, parse_time, seconds_between
from tui.model.completion import CompletionQuery, completion_query
from tui.model.fuzzy import best_matches, score
from tui.model.prompt_history import PromptHistory
from tui.settings import read_settings
from tui.user_state import UserState
from tui.widgets.prompt_editor import Pastes


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("/mo", CompletionQuery("command", "mo", 0)),
        ("/", CompletionQuery("command", "", 0)),
        ("look at @src/ma", CompletionQuery("file", "src/ma", 8)),
        ("@", CompletionQuery("file", "", 0)),
        ("mail me@home", None),
        ("say /mo", None),
        ("/model son", None),
        ("", None),
    ],
)
def test_the_text_before_the_cursor_decides_what_is_completed(before: str, wanted: CompletionQuery | None) -> None:
    assert completion_query(before) == wanted


def test_fuzzy_matching_prefers_word_starts_and_adjacent_letters() -> None:
    names = ["tests/unit/test_main.py", "main.py", "src/domain.py", "readme.md"]
    assert best_matches("main", names, key=str)[0] == "main.py"
    assert best_matches("tum", names, key=str) == ["tests/unit/test_main.py"]
    assert score("xyz", "main.py") == 0
    assert best_matches("", names, key=str) == names


def test_the_prompt_history_goes_back_and_forward() -> None:
    history = PromptHistory(["one", "two"])
    assert history.back("typed") == "two"
    assert history.back("ignored") == "one"
    assert history.back("") is None
    assert [history.forward(), history.forward(), history.forward()] == ["two", "typed", None]
    history.add("three")
    history.add("three")
    assert history.prompts == ["one", "two", "three"]


def test_big_pastes_become_chips() -> None:
    pastes = Pastes()
    assert pastes.chip("short") is None
    text = "\n".join("line" for _ in range(50))
    chip = pastes.chip(text)
    assert chip == "[Pasted text #1, 50 lines]"
    assert pastes.expand(f"look: {chip} done") == f"look: {text} done"
    assert pastes.expand("[Pasted text #9, 3 lines]") == "[Pasted text #9, 3 lines]"


def test_the_state_is_kept_for_each_user_and_ignores_broken_files(tmp_path: Path) -> None:
    state = UserState(tmp_path, "../../evil@example.com")
    state.write("history", ["a"])
    assert state.read("history", []) == ["a"]
    assert UserState(tmp_path, None).read("history", []) == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(path.is_relative_to(tmp_path) for path in files)
    assert len(files) == 1
    files[0].write_text("{broken")
    assert state.read("history", []) == []
    state.write("history", {"not": "a list"})
    assert state.read("history", []) == []
    UserState(Path("/proc/nowhere"), None).write("history", ["x"])


def test_every_command_in_the_catalog_has_an_action() -> None:
    names = {command.name for command in COMMANDS}
    assert names == set(_ACTIONS)
    assert set(ALIASES.values()) <= names


def test_settings_have_defaults_and_lose_their_quotes() -> None:
    settings = read_settings({})
    assert settings.socket == ROOT / ".data" / "run" / "api.sock"
    assert read_settings({"RUN_DIR": '"/run/x"'}).socket == Path("/run/x/api.sock")


def test_arguments_select_the_session_to_resume() -> None:
    assert read_arguments([]).resume is None
    assert read_arguments(["--resume"]).resume == ""
    assert read_arguments(["-r", "id"]).resume == "id"
    assert read_arguments(["-c", "--ax-screen-reader"]).continues


def test_times_are_written_for_people() -> None:
    assert [duration(seconds) for seconds in (0.42, 12.3, 185, 7620)] == ["0.4s", "12s", "3m 05s", "2h 07m"]
    now = parse_time("2026-11-23T12:00:00.000Z")
    assert ago("2026-11-23T11:59:50.000Z", now) == "just now"
    assert ago("2026-11-23T09:00:00.000Z", now) == "3 h ago"
    assert ago("2026-11-20T09:00:00.000Z", now) == "3 d ago"
    assert ago("nonsense", now) == ""
    assert seconds_between("2026-11-23T12:00:00.000Z", "2026-11-23T12:00:02.500Z") == 2.5
    assert seconds_between(None, None) is None


def test_the_state_is_kept_on_file_systems_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    state = UserState(tmp_path, None)
    state.change("history", [], lambda known: [*known, "x"])
    assert state.read("history", []) == ["x"]
