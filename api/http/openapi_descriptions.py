"""Describes routes for `/openapi.json` beyond their JSON bodies: parameters, media types and statuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

RouteT = TypeVar("RouteT", bound=Callable[..., object])
Schema = dict[str, Any]  # JSON Schema
ATTRIBUTE = "_described"
EVENT_STREAM = "text/event-stream"

TEXT = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}


def whole(least: int, most: int, default: int | None = None) -> Schema:
    """The schema of a whole number."""
    schema: Schema = {"type": "integer", "minimum": least, "maximum": most}
    return schema if default is None else {**schema, "default": default}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The description of one route."""

    query: Mapping[str, tuple[Schema, str]] = field(default_factory=dict)
    """Parameters of the URL, by name, each with its schema and meaning."""
    headers: Mapping[str, tuple[Schema, str]] = field(default_factory=dict)
    """Headers of the request, by name, each with its schema and meaning."""
    media: Mapping[int, Mapping[str, Schema]] = field(default_factory=dict)
    """Media types of answers other than JSON, by status."""
    statuses: Mapping[int, str] = field(default_factory=dict)
    """Meanings of statuses without a body."""
    fails: tuple[int, ...] = ()
    """Statuses of errors."""
    body: Mapping[str, Schema] | None = None
    """A request body that is not JSON."""


def describes(**description: Any) -> Callable[[RouteT], RouteT]:  # the fields of Description
    """Attaches a description to a route."""

    def attach(route: RouteT) -> RouteT:
        setattr(route, ATTRIBUTE, Description(**description))
        return route

    return attach


def add_to(operation: dict[str, Any], route: object, error: Schema) -> None:
    """Adds the description of a route to its operation.

    Args:
        error: the response of every error.
    """
    description: Description = getattr(route, ATTRIBUTE, Description())
    operation["parameters"] = [
        *operation["parameters"],
        *(_parameter(name, "query", *about) for name, about in description.query.items()),
        *(_parameter(name, "header", *about) for name, about in description.headers.items()),
    ]
    if description.body:
        operation["requestBody"] = {"content": _content(description.body)}
    responses = {str(status): answer for status, answer in operation["responses"].items()}
    for status, text in description.statuses.items():
        responses[str(status)] = {"description": text}
    for status, media in description.media.items():
        answer = responses.setdefault(str(status), {"description": "Success."})
        answer["content"] = {**answer.get("content", {}), **_content(media)}
    responses = responses or {"200": {"description": "Success."}}
    errors = {str(status): error for status in description.fails}
    operation["responses"] = {**responses, **errors, "default": error}


def _parameter(name: str, where: str, schema: Schema, text: str) -> Schema:
    return {"name": name, "in": where, "required": False, "description": text, "schema": schema}


def _content(media: Mapping[str, Schema]) -> Schema:
    return {kind: {"schema": schema} for kind, schema in media.items()}
