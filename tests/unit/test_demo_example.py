"""Example values for JSON Schemas."""

from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no stubs in the lock
import pytest

from demo.example import example


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "minLength": 9, "maxLength": 12},
        {"type": "string", "format": "date-time"},
        {"enum": ["b", "a"]},
        {"const": 5},
        {"type": ["integer", "null"]},
        {"type": "integer", "minimum": 7},
        {"type": "number", "exclusiveMinimum": 3},
        {"type": "integer", "maximum": 0},
        {"type": "integer", "minimum": -9, "maximum": -3},
        {"type": "number", "minimum": 0, "maximum": 0.5},
        {"type": "boolean"},
        {"type": "null"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 3},
        {"type": "array", "items": {"type": "integer"}, "maxItems": 0},
        {"anyOf": [{"type": "null"}, {"type": "string"}]},
        {"allOf": [{"type": "object", "properties": {"a": {"type": "null"}}}, {"required": ["a"]}]},
        {
            "type": "object",
            "properties": {"one": {"$ref": "#/$defs/one"}, "two": {"type": "array", "items": {"$ref": "#/$defs/one"}}},
            "required": ["one", "two"],
            "$defs": {"one": {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}},
            "additionalProperties": False,
        },
    ],
)
def test_the_value_satisfies_the_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(example(schema), schema)


def test_a_recursive_schema_has_a_finite_example() -> None:
    node: dict[str, Any] = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}
    assert example({"$ref": "#/$defs/node", "$defs": {"node": node}}) is not None
