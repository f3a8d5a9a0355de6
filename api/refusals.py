"""Turns what pydantic says about a setting into a sentence that names the variable and the fix."""

from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo


class SettingsError(Exception):
    """A setting cannot be used. Each sentence names a variable and what to do about it."""

    def __init__(self, refusals: list[str]) -> None:
        self.sentences = refusals
        super().__init__("\n".join(refusals))


def sentences(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One sentence for each value that was refused; values are not quoted, they may be secrets."""
    return [_sentence(part["loc"], part["type"], part["msg"], model) for part in error.errors()]


def _sentence(place: tuple[int | str, ...], kind: str, message: str, model: type[BaseModel]) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    name = str(place[0])
    field = model.model_fields[name]
    default = int(field.default) if isinstance(field.default, bool) else field.default
    fallback = "its default" if default is None else f"the default, {default}"
    return f"{name.upper()} must be {_expectation(field)}: correct it, or unset it for {fallback}."


def _expectation(field: FieldInfo) -> str:
    kind: Any = field.annotation  # a type form
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if kind is bool:
        return "1 or 0"
    low = next((part.ge for part in field.metadata if isinstance(part, Ge)), None)
    high = next((part.le for part in field.metadata if isinstance(part, Le)), None)
    if kind in (int, float):
        word = "a whole number" if kind is int else "a number"
        return f"{word} from {low} to {high}"
    return "a plain text"
