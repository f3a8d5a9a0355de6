"""How a variable of the environment is read, whichever program reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import api.settings
import auth.settings
import tui.serve.settings
import tui.settings
from runtime.settings import (
    InvalidValueError,
    SettingsError,
    Variable,
    choice,
    folder,
    number,
    optional_file,
    optional_text,
    read_environment,
    setting,
    switch,
    text,
    variables_of,
    whole_number,
)

DATA = folder("/data", name="DATA")


def _even(given: str) -> int:
    if int(given) % 2:
        raise InvalidValueError("is odd: double it")
    return int(given)


@dataclass(frozen=True, kw_only=True)
class Settings:
    count: int = setting(whole_number(3, least=1, most=10))
    many: int = setting(whole_number(3, least=1))
    share: float = setting(number(0.5, least=0, most=1, excludes_least=True))
    on: bool = setting(switch())
    mode: str = setting(choice("a", ("a", "b"), ignores_case=True))
    title: str = setting(text("none"))
    secret: str | None = setting(optional_text(is_secret=True))
    data: Path = setting(DATA)
    cache: Path = setting(folder("deep/cache", below=DATA))
    program: Path | None = setting(optional_file())
    even: int = setting(Variable(default=2, parse=_even, expected="an even number", name="OTHER_NAME"))
    names: str | None = setting(Variable(default=None, parse=str, expected="names", reads_empty=True))
    fixed: str = "fixed"


def read(**environment: str) -> Settings:
    return read_environment(Settings, environment)


def sentence(**environment: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read(**environment)
    return str(refused.value)


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read() == Settings()
    assert (read().count, read().cache, read().names) == (3, Path("/data/deep/cache"), None)


def test_values_are_read_by_kind() -> None:
    found = read(
        COUNT="7", SHARE="1", ON="Yes", MODE="B", TITLE="x", SECRET="hunter2", PROGRAM="/bin/sh", OTHER_NAME="4"
    )
    assert (found.count, found.share, found.on, found.mode, found.title) == (7, 1.0, True, "b", "x")
    assert (found.secret, found.program, found.even) == ("hunter2", Path("/bin/sh"), 4)
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("written", ["7", "'7'", '"7"', " 7 ", '" 7 "', "7.0", "+7", "07", "0_7"])
def test_a_whole_number_may_be_written_in_many_ways(written: str) -> None:
    assert read(COUNT=written).count == 7


def test_a_large_whole_number_is_exact() -> None:
    assert read(MANY="9007199254740993").many == 9007199254740993


def test_an_empty_text_means_the_default_unless_it_is_a_value() -> None:
    found = read(COUNT="", TITLE="''", NAMES="''")
    assert (found.count, found.title, found.names) == (3, "none", "")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("COUNT", "0", "a whole number from 1 to 10: correct it, or unset it for the default, 3."),
        ("COUNT", "11", "a whole number from 1 to 10: correct it, or unset it for the default, 3."),
        ("COUNT", "1.5", "a whole number from 1 to 10: correct it, or unset it for the default, 3."),
        ("COUNT", "inf", "a whole number from 1 to 10: correct it, or unset it for the default, 3."),
        ("COUNT", "1e0", "a whole number from 1 to 10: correct it, or unset it for the default, 3."),
        ("COUNT", "5.", "a whole number from 1 to 10: correct it, or unset it for the default, 3."),
        ("COUNT", "5.00000000000000000001", "a whole number from 1 to 10: correct it, or unset it for the default, 3."),
        (
            "COUNT",
            "\N{ARABIC-INDIC DIGIT FIVE}",
            "a whole number from 1 to 10: correct it, or unset it for the default, 3.",
        ),
        ("COUNT", "5__0", "a whole number from 1 to 10: correct it, or unset it for the default, 3."),
        ("MANY", "nan", "a whole number of at least 1: correct it, or unset it for the default, 3."),
        ("SHARE", "0", "a number greater than 0 and up to 1: correct it, or unset it for the default, 0.5."),
        ("SHARE", "nan", "a number greater than 0 and up to 1: correct it, or unset it for the default, 0.5."),
        (
            "SHARE",
            "\N{FULLWIDTH DIGIT ONE}",
            "a number greater than 0 and up to 1: correct it, or unset it for the default, 0.5.",
        ),
        ("DATA", "~nobody-has-this-name/data", "a path: correct it, or unset it for the default, /data."),
        ("ON", "perhaps", "1 or 0: correct it, or unset it for the default, 0."),
        ("MODE", "c", "one of a, b: correct it, or unset it for the default, a."),
        ("OTHER_NAME", "x", "an even number: correct it, or unset it for the default, 2."),
    ],
)
def test_an_unusable_value_is_refused_with_what_is_expected(name: str, value: str, expected: str) -> None:
    assert sentence(**{name: value}) == f"{name} must be {expected}"


def test_a_variable_may_say_itself_what_is_wrong() -> None:
    assert sentence(OTHER_NAME="3") == "OTHER_NAME is odd: double it."


def test_every_unusable_value_has_its_sentence() -> None:
    assert len(sentence(COUNT="0", ON="x", OTHER_NAME="3").splitlines()) == 3


def test_a_folder_is_inside_another_one_unless_it_is_set() -> None:
    assert read(DATA="/elsewhere").cache == Path("/elsewhere/deep/cache")
    assert read(DATA="/elsewhere", CACHE="/cache").cache == Path("/cache")


def test_fields_that_are_no_variables_are_given() -> None:
    assert read_environment(Settings, {}, fixed="given").fixed == "given"
    assert "FIXED" not in variables_of(Settings)


READERS: list[Callable[[dict[str, str]], object]] = [
    api.settings.read_settings,
    auth.settings.read_settings,
    tui.settings.read_settings,
    tui.serve.settings.read_settings,
]


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_UPLOAD_MB", "100001"), ("LOG_LEVEL", "critical"), ("DEMO", "2"), ("MAX_TABS", "1001")]
)
def test_all_programs_refuse_the_same_value_with_the_same_sentence(name: str, value: str) -> None:
    refusals = set()
    for read_settings in READERS:
        try:
            read_settings({name: value})
        except SettingsError as error:
            refusals.add(str(error))
    assert len(refusals) == 1


@pytest.mark.parametrize("value", ["1", "10001", "100000"])
def test_all_programs_take_the_same_largest_file(value: str) -> None:
    for module in (api.settings, auth.settings, tui.serve.settings):
        assert module.read_settings({"MAX_UPLOAD_MB": value}).max_upload_mb == int(value)


def test_all_programs_meet_in_the_same_folder() -> None:
    environment = {"DATA_DIR": "/d"}
    assert api.settings.read_settings(environment).socket == Path("/d/run/api.sock")
    assert tui.settings.read_settings(environment).socket == Path("/d/run/api.sock")
    assert tui.serve.settings.read_settings(environment).socket == Path("/d/run/tui.sock")
    assert auth.settings.read_settings(environment).run_dir == Path("/d/run")
