"""`GET /openapi.json`, made from the routes themselves."""

from collections.abc import Iterable
from typing import Any

from quart import Quart
from quart_schema import APIKeySecurityScheme, HttpSecurityScheme, Info, OpenAPIProvider, QuartSchema
from werkzeug.routing import Rule

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
WORKED = {"200": {"description": "It worked."}}
FAILURE = {
    "description": "Every failure has this shape.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


class Described(OpenAPIProvider):
    """Adds to each route what all of them have in common."""

    def schema(self) -> dict[str, Any]:
        """The whole document."""
        document = super().schema()
        document["paths"] = dict(sorted(document["paths"].items()))
        document["components"]["schemas"]["Error"] = ERROR
        return document

    def generate_rules(self) -> Iterable[Rule]:
        """The rules to show; one with defaults is another's special case."""
        return (rule for rule in super().generate_rules() if not rule.defaults)

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """The routes of a rule, with their failures."""
        paths, components = super().build_paths(rule)
        for operations in paths.values():
            for operation in operations.values():
                described = {str(status): answer for status, answer in operation["responses"].items()}
                operation["responses"] = {**(described or WORKED), "default": FAILURE}
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
