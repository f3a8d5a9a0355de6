"""What a route says of itself in `/openapi.json` besides its JSON bodies: parameters, other media types, statuses."""

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
    """What one route adds."""

    query: Mapping[str, tuple[Schema, str]] = field(default_factory=dict)
    """Parameters of the URL, each with what it means."""
    headers: Mapping[str, tuple[Schema, str]] = field(default_factory=dict)
    """Headers of the request."""
    media: Mapping[int, Mapping[str, Schema]] = field(default_factory=dict)
    """Media types of answers, by status, besides JSON."""
    statuses: Mapping[int, str] = field(default_factory=dict)
    """Answers without a model of their own."""
    fails: tuple[int, ...] = ()
    """Statuses of its failures."""
    body: Mapping[str, Schema] | None = None
    """A request body that is not JSON."""


def describes(**description: Any) -> Callable[[RouteT], RouteT]:  # the fields of Description
    """Notes the description with a route."""

    def note(route: RouteT) -> RouteT:
        setattr(route, ATTRIBUTE, Description(**description))
        return route

    return note


def add_to(operation: dict[str, Any], route: object, failure: Schema) -> None:
    """Writes a route's description into its operation."""
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
        answer = responses.setdefault(str(status), {"description": "It worked."})
        answer["content"] = {**answer.get("content", {}), **_content(media)}
    responses = responses or {"200": {"description": "It worked."}}
    fails = {str(status): failure for status in description.fails}
    operation["responses"] = {**responses, **fails, "default": failure}


def _parameter(name: str, where: str, schema: Schema, text: str) -> Schema:
    return {"name": name, "in": where, "required": False, "description": text, "schema": schema}


def _content(media: Mapping[str, Schema]) -> Schema:
    return {kind: {"schema": schema} for kind, schema in media.items()}
