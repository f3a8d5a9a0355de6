"""The schemas of records for `/openapi.json`. The string under a field becomes its description."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from msgspec.json import schema_components

from api.schema import Record

Schema = dict[str, Any]  # JSON Schema
REFERENCE = "#/components/schemas/{name}"


def components_of(models: Iterable[type]) -> tuple[dict[type, Schema], dict[str, Schema]]:
    """A reference to each model, and the schemas of the models and of the records in them, by name."""
    known = list(dict.fromkeys(models))
    references, components = schema_components(known, ref_template=REFERENCE)
    records = {name: kind for kind in _descendants(Record) for name in (kind.__name__, _qualified(kind))}
    for name, schema in components.items():
        if kind := records.get(name):
            _describe(schema, kind)
    return dict(zip(known, references, strict=True)), components


def _qualified(kind: type) -> str:
    # The name that msgspec gives to records whose short names are the same.
    return f"{kind.__module__}.{kind.__qualname__}"


def _descendants(kind: type) -> Iterator[type]:
    below: type
    for below in kind.__subclasses__():
        yield below
        yield from _descendants(below)


def _describe(schema: Schema, kind: type) -> None:
    names = dict(
        zip(getattr(kind, "__struct_fields__", ()), getattr(kind, "__struct_encode_fields__", ()), strict=True)
    )
    for base in reversed(kind.__mro__):
        for field, text in field_texts(base).items():
            if (encoded := names.get(field)) in schema.get("properties", {}):
                schema["properties"][encoded].setdefault("description", text)


def field_texts(kind: type) -> dict[str, str]:
    """The string under each field of a class."""
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return {}
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
