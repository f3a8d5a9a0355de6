"""`/docs`: the description of the API as an HTML page, made from `/openapi.json`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup
from quart import Blueprint, Response, current_app, render_template, send_from_directory
from quart_schema import QuartSchema, hide

STATIC = Path(__file__).parents[1] / "static"
TAGS = ("Query", "Sessions", "Files", "Service")
"""The order of the groups; others follow."""
Schema = Mapping[str, Any]  # JSON Schema


def docs_routes() -> Blueprint:
    """`GET /docs` and its styles."""
    blueprint = Blueprint("docs", __name__)
    blueprint.add_app_template_filter(type_of, "type_of")
    blueprint.add_app_template_filter(breakable, "breakable")

    @blueprint.get("/docs")
    @hide
    async def docs() -> str:
        """Shows every route, its parameters and its answers."""
        extension: QuartSchema = current_app.extensions["QUART_SCHEMA"]
        document = extension.openapi_provider.schema()
        groups: dict[str, list[Mapping[str, object]]] = {}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                entry = {"path": path, "method": method.upper(), "operation": operation}
                groups.setdefault(next(iter(operation.get("tags", [])), "Other"), []).append(entry)
        groups = dict(sorted(groups.items(), key=lambda group: TAGS.index(group[0]) if group[0] in TAGS else len(TAGS)))
        schemas = document["components"]["schemas"]
        return await render_template("docs.html", info=document["info"], groups=groups, schemas=schemas, fields=fields)

    @blueprint.get("/docs/docs.css")
    @hide
    async def docs_style() -> Response:
        """The styles of the page."""
        return await send_from_directory(STATIC, "docs.css")

    return blueprint


def type_of(schema: Schema) -> Markup:
    """The type that a schema describes, such as `string[] | null`, with a link for each object."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return Markup('<a href="#object-{}">{}</a>').format(name, name)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return Markup(" | ").join(type_of(option) for option in options)
    if "enum" in schema:
        return Markup(" | ").join(f'"{value}"' if isinstance(value, str) else str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return Markup("{}[]").format(type_of(schema.get("items") or {}))
    return Markup("{}").format(schema.get("type", "any"))


def breakable(path: str) -> Markup:
    """A path in which a line may break after each slash."""
    return Markup("/<wbr>").join(path.split("/"))


def fields(schema: Schema, schemas: Mapping[str, Schema]) -> Iterator[tuple[str, Schema, bool]]:
    """The fields of an object: name, schema, and whether it is required."""
    while "$ref" in schema:
        schema = schemas.get(str(schema["$ref"]).rpartition("/")[2], {})
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield name, field, name in required
