"""Checks the JSON Schema of a query's answer before the query runs."""

from collections.abc import Mapping
from typing import Any

from api.errors import InvalidOptionError

FIELD = "options.outputSchema"
MAX_REASON = 200


def check_output_schema(schema: Mapping[str, Any] | None) -> None:
    """Checks that Claude Code can use the schema.

    Raises:
        InvalidOptionError: it is not a JSON Schema, or not that of an object; the message has the reason.
    """
    if not schema:
        return
    # Imported here because most queries have no schema.
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
    from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        Draft202012Validator.check_schema(schema)
        # With an empty registry, a `$ref` is not fetched from the network.
        Draft202012Validator(schema, registry=Registry()).is_valid({})
    except SchemaError as error:
        raise InvalidOptionError(_message(f"{error.json_path}: {error.message}")) from None
    except (Unresolvable, RecursionError):
        raise InvalidOptionError(_message("a $ref leads nowhere")) from None
    if schema.get("type", "object") != "object":
        raise InvalidOptionError(f'{FIELD}: its type must be "object"')


def _message(reason: str) -> str:
    return f"{FIELD}: not a valid JSON Schema ({reason[:MAX_REASON]})"
