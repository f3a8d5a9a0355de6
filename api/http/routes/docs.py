"""`/docs`: the API's description as a page, made on the server from `/openapi.json` itself."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup
from quart import Blueprint, Response, current_app, render_template, send_from_directory
from quart_schema import QuartSchema, hide

STATIC = Path(__file__).parents[1] / "static"
ORDER = ("Query", "Sessions", "Requests", "Files", "Service")
Schema = Mapping[str, Any]  # JSON Schema


def docs_routes() -> Blueprint:
    """`GET /docs` and its style sheet."""
    blueprint = Blueprint("docs", __name__)
    blueprint.add_app_template_filter(shape, "shape")
    blueprint.add_app_template_filter(breakable, "breakable")

    @blueprint.get("/docs")
    @hide
    async def docs() -> str:
        """Shows every route, what it takes and what it answers."""
        extension: QuartSchema = current_app.extensions["QUART_SCHEMA"]
        document = extension.openapi_provider.schema()
        groups: dict[str, list[Mapping[str, object]]] = {}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                entry = {"path": path, "method": method.upper(), "operation": operation}
                groups.setdefault(next(iter(operation.get("tags", [])), "Other"), []).append(entry)
        groups = dict(
            sorted(groups.items(), key=lambda group: ORDER.index(group[0]) if group[0] in ORDER else len(ORDER))
        )
        schemas = document["components"]["schemas"]
        return await render_template("docs.html", info=document["info"], groups=groups, schemas=schemas, fields=fields)

    @blueprint.get("/docs/docs.css")
    @hide
    async def docs_style() -> Response:
        """The page's style."""
        return await send_from_directory(STATIC, "docs.css")

    return blueprint


def shape(schema: Schema) -> Markup:
    """A schema in a few words, such as `string[] | null`, with a link to each object."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return Markup('<a href="#object-{}">{}</a>').format(name, name)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return Markup(" | ").join(shape(option) for option in options)
    if "enum" in schema:
        return Markup(" | ").join(f'"{value}"' if isinstance(value, str) else str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return Markup("{}[]").format(shape(schema.get("items") or {}))
    return Markup("{}").format(schema.get("type", "any"))


def breakable(path: str) -> Markup:
    """A path that may go on in a new line after each slash."""
    return Markup("/<wbr>").join(path.split("/"))


def fields(schema: Schema, schemas: Mapping[str, Schema]) -> Iterator[tuple[str, Schema, bool]]:
    """The fields of an object: name, schema and whether it must be there."""
    while "$ref" in schema:
        schema = schemas.get(str(schema["$ref"]).rpartition("/")[2], {})
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield name, field, name in required
