"""`GET /openapi.json`, made from the routes themselves."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from quart import Quart
from quart.json.provider import DefaultJSONProvider
from quart_schema import APIKeySecurityScheme, HttpSecurityScheme, Info, OpenAPIProvider, QuartSchema
from quart_schema.validation import QUART_SCHEMA_REQUEST_ATTRIBUTE, QUART_SCHEMA_RESPONSE_ATTRIBUTE, DataSource
from werkzeug.routing import Rule

from api.http.openapi_components import Schema, components_of
from api.http.openapi_descriptions import add_to
from api.versions import own_version

DESCRIPTION = (
    "Claude Code over HTTP: one question at a time with `POST /query`, or conversations that go on under `/sessions`. "
    "Keys are camelCase, times are ISO 8601 UTC."
)
ERROR = {
    "type": "object",
    "description": "What went wrong.",
    "properties": {
        "error": {"type": "string", "description": "A sentence for a person."},
        "code": {"type": "string", "description": "snake_case for a program."},
        "requestId": {"type": "string", "description": "Names the request in the server's log."},
        "retryAfter": {"type": "integer", "description": "Seconds until it is worth trying again."},
    },
    "required": ["error", "code"],
}
FAILURE = {
    "description": "Every failure has this shape.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


class Described(OpenAPIProvider):
    """Adds what all routes have in common, and the schemas that quart-schema leaves out: those of nested records."""

    _references: Mapping[type, Schema] = {}
    _document: dict[str, Any] | None = None

    def schema(self) -> dict[str, Any]:
        """The whole document; the routes do not change, so it is made once."""
        if self._document is None:
            self._document = self._make()
        return self._document

    def _make(self) -> dict[str, Any]:
        self._references, components = components_of(self._models())
        document = super().schema()
        document["paths"] = dict(sorted(document["paths"].items()))
        document["components"]["schemas"] = {**components, "Error": ERROR}
        return document

    def _models(self) -> Iterator[type]:
        for view in self._app.view_functions.values():
            if body := getattr(view, QUART_SCHEMA_REQUEST_ATTRIBUTE, None):
                yield body[0]
            for model, _ in getattr(view, QUART_SCHEMA_RESPONSE_ATTRIBUTE, {}).values():
                yield model

    def build_request_body(self, model: type[Any], source: DataSource) -> tuple[Schema, Schema]:  # noqa: ARG002
        """The body that a route takes."""
        return {"content": {"application/json": {"schema": self._references[model]}}}, {}

    def build_response_object(self, model: type[Any], headers_model: object) -> tuple[Schema, Schema]:  # noqa: ARG002
        """The answer that a route gives."""
        text = (inspect.getdoc(model) or "").partition("\n")[0]
        return {"description": text, "content": {"application/json": {"schema": self._references[model]}}}, {}

    def generate_rules(self) -> Iterable[Rule]:
        """The rules to show; one with defaults is another's special case."""
        return (rule for rule in super().generate_rules() if not rule.defaults)

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """The routes of a rule, with their failures."""
        paths, components = super().build_paths(rule)
        for operations in paths.values():
            for operation in operations.values():
                add_to(operation, self._app.view_functions[rule.endpoint], FAILURE)
        return paths, components


def describe_routes(app: Quart) -> None:
    """Serves `/openapi.json`; the pages that quart-schema would load from elsewhere stay off."""
    QuartSchema(
        app,
        redoc_ui_path=None,
        scalar_ui_path=None,
        swagger_ui_path=None,
        info=Info(title="Claude Code SDK Container", version=own_version(), description=DESCRIPTION),
        security_schemes={
            "key": APIKeySecurityScheme(name="X-API-Key", in_="header"),
            "bearer": HttpSecurityScheme(scheme="bearer"),
        },
        security=[{"key": []}, {"bearer": []}],
        conversion_preference="msgspec",
        openapi_provider_class=Described,
    )
    cast("DefaultJSONProvider", app.json).sort_keys = False
