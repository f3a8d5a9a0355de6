"""Declares environment variables and reads them: the base of the settings class of every program.

A settings class is a frozen dataclass. Each field is one variable, named like the field in upper case:

    @dataclass(frozen=True, kw_only=True)
    class Settings:
        max_sessions: int = setting(whole_number(10, least=1, most=1000))

`read_environment(Settings)` returns an instance, or raises one sentence for each variable that cannot be used.
`runtime.shared_variables` declares the variables that several programs read.

pydantic-settings is not used because every browser tab starts a terminal app: importing pydantic takes 0.2 s of
processor time, importing this module a few milliseconds.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ValueT = TypeVar("ValueT")
SettingsT = TypeVar("SettingsT", bound="DataclassInstance")

YES = frozenset(("1", "true", "yes", "on", "t", "y"))
NO = frozenset(("0", "false", "no", "off", "f", "n"))


class SettingsError(Exception):
    """The settings cannot be used. Each sentence names a variable and says what to do about it."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        super().__init__("\n".join(sentences))


class InvalidValueError(ValueError):
    """A text cannot be used; the message continues the variable's name, as in "is not a URL: write it like …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(Generic[ValueT]):
    """An environment variable."""

    default: ValueT
    parse: Callable[[str], ValueT]
    """Returns the value of a text, or raises InvalidValueError, or ValueError if the text is not what is expected."""
    expected: str
    """What the text must be, such as "a path". Completes the error "NAME must be …"."""
    name: str = ""
    """The name of the settings class's field in upper case if empty."""
    is_secret: bool = False
    """Whether `repr` of the settings leaves the value out."""
    reads_empty: bool = False
    """Whether an empty text is a value. Otherwise it means the default."""
    default_in: Callable[[Mapping[str, str]], ValueT] | None = None
    """Returns the default, if it depends on another variable of the environment."""

    def read(self, name: str, environment: Mapping[str, str]) -> ValueT:
        """The value that the environment has under this name, or the default.

        Raises:
            SettingsError: the text cannot be used; the sentence leaves the text out because it may be a secret.
        """
        given = environment.get(name)
        text = unquoted(given or "")
        if given is None or not (text or self.reads_empty):
            return self.default_in(environment) if self.default_in else self.default
        try:
            return self.parse(text)
        except InvalidValueError as error:
            raise SettingsError(f"{name} {error}.") from None
        except ValueError:
            raise SettingsError(
                f"{name} must be {self.expected}: correct it, or unset it for {self._fallback}."
            ) from None

    @property
    def _fallback(self) -> str:
        default = int(self.default) if isinstance(self.default, bool) else self.default
        return "its default" if default in (None, "", ()) else f"the default, {default}"


def setting(variable: Variable[ValueT]) -> ValueT:
    """Declares a field of a settings class."""
    declared: Any = field(default=variable.default, repr=not variable.is_secret, metadata={"variable": variable})
    return cast(ValueT, declared)


def variables_of(kind: type["DataclassInstance"]) -> dict[str, Variable[Any]]:
    """The variables of a settings class by name."""
    declared = ((each.name, each.metadata.get("variable")) for each in fields(kind))
    return {variable.name or name.upper(): variable for name, variable in declared if variable}


def read_environment(
    kind: type[SettingsT], environment: Mapping[str, str] = os.environ, /, **values: object
) -> SettingsT:
    """Reads the settings from the environment.

    Args:
        values: the fields of `kind` that are not variables.

    Raises:
        SettingsError: with a sentence for each variable that cannot be used.
    """
    sentences: list[str] = []
    for each in fields(kind):
        if variable := each.metadata.get("variable"):
            try:
                values[each.name] = variable.read(variable.name or each.name.upper(), environment)
            except SettingsError as error:
                sentences += [sentence for sentence in error.sentences if sentence not in sentences]
    if sentences:
        raise SettingsError(*sentences)
    return kind(**values)


def whole_number(default: int, *, least: int, most: int | None = None, name: str = "") -> Variable[int]:
    """A whole number in a range."""

    def parse(text: str) -> int:
        # Some deployment tools write 100 as 100.0. `1e2` is refused because start.sh calculates with some variables.
        if not re.fullmatch(r"\s*[+-]?[0-9_]+(\.0+)?\s*", text):
            raise ValueError
        number = int(text.partition(".")[0])
        if number < least or (most is not None and number > most):
            raise ValueError
        return number

    span = f"of at least {least}" if most is None else f"from {least} to {most}"
    return Variable(default=default, parse=parse, expected=f"a whole number {span}", name=name)


def number(default: float, *, least: float, most: float, excludes_least: bool = False) -> Variable[float]:
    """A number in a range; with `excludes_least`, the number must be greater than `least`."""

    def parse(text: str) -> float:
        if not text.isascii():  # Python also reads digits of other scripts
            raise ValueError
        number = float(text)
        if not least <= number <= most or (excludes_least and number == least):
            raise ValueError
        return number

    span = f"greater than {least} and up to {most}" if excludes_least else f"from {least} to {most}"
    return Variable(default=default, parse=parse, expected=f"a number {span}")


def switch(*, name: str = "") -> Variable[bool]:
    """A switch, off by default."""

    def parse(text: str) -> bool:
        if text.lower() not in YES | NO:
            raise ValueError
        return text.lower() in YES

    return Variable(default=False, parse=parse, expected="1 or 0", name=name)


def choice(
    default: ValueT, options: tuple[ValueT, ...], *, name: str = "", ignores_case: bool = False
) -> Variable[ValueT]:
    """One of a few words."""

    def parse(text: str) -> ValueT:
        return options[options.index(cast(ValueT, text.lower() if ignores_case else text))]

    return Variable(default=default, parse=parse, expected="one of " + ", ".join(map(str, options)), name=name)


def text(default: str, *, is_secret: bool = False) -> Variable[str]:
    """Any text."""
    return Variable(default=default, parse=str, expected="a text", is_secret=is_secret)


def optional_text(*, name: str = "", is_secret: bool = False) -> Variable[str | None]:
    """Any text, or None."""
    return Variable(default=None, parse=str, expected="a text", name=name, is_secret=is_secret)


def folder(default: str | Path, *, below: Variable[Path] | None = None, name: str = "") -> Variable[Path]:
    """A path, made absolute; the default is relative to the folder `below`, if there is one."""
    if below is None:
        return Variable(default=Path(default), parse=_absolute, expected="a path", name=name)
    parent = below

    def default_in(environment: Mapping[str, str]) -> Path:
        return parent.read(parent.name, environment) / default

    return Variable(
        default=parent.default / default, default_in=default_in, parse=_absolute, expected="a path", name=name
    )


def optional_file() -> Variable[Path | None]:
    """A path, made absolute, or None."""
    return Variable(default=None, parse=_absolute, expected="a path")


def unquoted(text: str) -> str:
    """The text without surrounding blanks and one pair of quotes, which `docker run --env-file` does not remove."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _absolute(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:  # `~name` of a user that does not exist
        raise ValueError from error
