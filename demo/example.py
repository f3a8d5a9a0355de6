"""Makes a value that satisfies a simple JSON Schema."""

from typing import Any

Schema = dict[str, Any]  # JSON Schema has no narrower type
MAX_DEPTH = 20

_STRINGS = {
    "date": "2026-11-23",
    "date-time": "2026-11-23T12:00:00Z",
    "time": "12:00:00Z",
    "email": "demo@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(schema: Schema, text: str = "demo") -> Any:
    """Returns a matching value: the const, the default, the first of the enum, or a value of the type.

    Args:
        text: the value of every string without a format.
    """
    return _value(schema, schema, text, 0)


def _value(schema: Schema, root: Schema, text: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return None
    schema = _resolved(schema, root)
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    match kind:
        case "object":
            properties = schema.get("properties", {})
            wanted = schema.get("required", list(properties))
            return {name: _value(properties.get(name, {}), root, text, depth + 1) for name in wanted}
        case "array":
            items = schema.get("items", {})
            return [
                _value(items, root, text, depth + 1)
                for _ in range(schema.get("minItems", min(1, schema.get("maxItems", 1))))
            ]
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
    return _string(schema, text)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follows `$ref` in the document, takes the first schema of `anyOf` and `oneOf`, and merges `allOf`."""
    for _ in range(MAX_DEPTH):
        if "$ref" in schema:
            found: Any = root
            for word in schema["$ref"].removeprefix("#/").split("/"):
                found = found.get(word, {})
            schema = found
        elif choices := schema.get("anyOf") or schema.get("oneOf"):
            schema = choices[0]
        elif parts := schema.get("allOf"):
            schema = {name: value for part in parts for name, value in part.items()}
        else:
            break
    return schema


def _number(schema: Schema) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema))
    return min(max(1, least), schema.get("maximum", least + 1)) if least <= 1 else least  # type: ignore[no-any-return]


def _string(schema: Schema, text: str) -> str:
    value = _STRINGS.get(schema.get("format", ""), text)
    return value.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength", len(value) + 1000)]
