"""`/openapi.json`, made from the routes by quart-schema."""

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
    "Claude Code over HTTP. `POST /query` runs one prompt; `/sessions` has conversations that continue. "
    "Keys are camelCase, times are ISO 8601 UTC."
)
ERROR = {
    "type": "object",
    "description": "The body of every error.",
    "properties": {
        "error": {"type": "string", "description": "A sentence for a person."},
        "code": {"type": "string", "description": "A name for a program, in snake_case."},
        "requestId": {"type": "string", "description": "The id of the request in the server's log."},
        "retryAfter": {"type": "integer", "description": "Seconds after which you may try again."},
    },
    "required": ["error", "code"],
}
ERROR_RESPONSE = {
    "description": "Every error has this form.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


class ApiOpenAPIProvider(OpenAPIProvider):
    """Adds what quart-schema leaves out: the schemas of nested records, and the errors of every route."""

    _references: Mapping[type, Schema] = {}
    _document: dict[str, Any] | None = None

    def schema(self) -> dict[str, Any]:
        """The whole document. It is made once, because the routes do not change."""
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
        """The body that a route accepts."""
        return {"content": {"application/json": {"schema": self._references[model]}}}, {}

    def build_response_object(self, model: type[Any], headers_model: object) -> tuple[Schema, Schema]:  # noqa: ARG002
        """The answer of a route."""
        text = (inspect.getdoc(model) or "").partition("\n")[0]
        return {"description": text, "content": {"application/json": {"schema": self._references[model]}}}, {}

    def generate_rules(self) -> Iterable[Rule]:
        """The rules to describe. A rule with defaults is a special case of another one."""
        return (rule for rule in super().generate_rules() if not rule.defaults)

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """The operations of a rule, with their errors."""
        paths, components = super().build_paths(rule)
        for operations in paths.values():
            for operation in operations.values():
                add_to(operation, self._app.view_functions[rule.endpoint], ERROR_RESPONSE)
        return paths, components


def describe_routes(app: Quart) -> None:
    """Serves `/openapi.json`, without the pages of quart-schema, which load scripts from other hosts."""
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
        openapi_provider_class=ApiOpenAPIProvider,
    )
    cast("DefaultJSONProvider", app.json).sort_keys = False
