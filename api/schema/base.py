"""The base of all records, and their JSON: compact, with camelCase keys, without fields at their default."""

import json
from typing import Any, TypeVar, dataclass_transform

import msgspec

RecordT = TypeVar("RecordT")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _RecordMeta(msgspec.StructMeta):
    """Makes every record frozen and keyword-only; in msgspec, subclasses do not inherit `kw_only`."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> type:
        return super().__new__(mcls, name, bases, namespace, **{"frozen": True, "kw_only": True, **config})


class Record(msgspec.Struct, metaclass=_RecordMeta, rename="camel", omit_defaults=True):
    """A frozen record with camelCase keys in JSON. Fields at their default are left out."""


def encode(value: object) -> bytes:
    """The value as compact JSON. Unpaired surrogates, which remain when an emoji is cut, are written as escapes."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def decode(raw: bytes | str, kind: type[RecordT]) -> RecordT:
    """The JSON as `kind`.

    Raises:
        msgspec.ValidationError: the JSON does not fit `kind`; the message names the field.
        msgspec.DecodeError: it is not JSON.
    """
    return msgspec.json.decode(raw, type=kind)
