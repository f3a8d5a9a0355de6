"""JSON bodies: read strictly, refused with a sentence that names the field."""

import ast
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
from quart import request
from quart_schema import document_request

from api.errors import BadRequestError, UnsupportedMediaTypeError
from api.files.workspace import LOCAL
from api.schema import patterns

KindT = TypeVar("KindT")
RouteT = TypeVar("RouteT", bound=Callable[..., object])

_EXPLANATION = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<where>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_REGEX = re.compile(r" matching regex (?P<pattern>'.*')$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<name>.*)`$", re.DOTALL)


_FORMS = {
    patterns.UUID: "must be a UUID in small letters",
    patterns.ONE_LINE: "must be a text of one line, without control characters",
    patterns.NO_NUL: "must not contain NUL characters",
}
"""What a pattern asks for, in words."""
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


class NotAnObjectError(BadRequestError):
    """Request body must be a JSON object"""

    code = "invalid_json"


class InvalidFieldError(BadRequestError):
    """A field is unknown or has the wrong type"""

    code = "invalid_field"


def accepts(kind: type) -> Callable[[RouteT], RouteT]:
    """Shows in `/openapi.json` what body the route takes."""
    return document_request(kind)


async def read_object(kind: type[KindT]) -> KindT:
    """The request's JSON object as `kind`, such as a Record or `dict[str, object]`.

    Raises:
        UnsupportedMediaTypeError: the body does not claim to be JSON.
        NotAnObjectError: it is not JSON, or not an object.
        InvalidFieldError: a field does not fit; the sentence names it.
    """
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaTypeError
    return parse_object(await request.get_data(cache=True, as_text=False, parse_form_data=False), kind)


def parse_object(raw: bytes, kind: type[KindT]) -> KindT:
    """The JSON object in `raw` as `kind`; raises what `read_object` raises."""
    try:
        if not isinstance(msgspec.json.decode(raw), dict):
            raise NotAnObjectError
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidFieldError(explain(error)) from None
    except UnicodeDecodeError:
        raise NotAnObjectError("Request body is not UTF-8") from None
    except msgspec.DecodeError as error:
        if "surrogate" in str(error) or ("truncated" in str(error) and _HALF_PAIR.search(raw)):
            raise NotAnObjectError("Request body has half a surrogate pair, which is no character") from None
        raise NotAnObjectError from None
    except RecursionError:
        raise NotAnObjectError("Request body is nested too deeply") from None


def explain(error: msgspec.ValidationError) -> str:
    """A sentence that names the field, from what msgspec says."""
    match = _EXPLANATION.match(str(error))
    what, where = (match["what"], (match["where"] or "").lstrip(".")) if match else (str(error), "")
    if unknown := _UNKNOWN.match(what):
        return f"Unknown field: {_join(where, unknown['name'])}"
    if missing := _MISSING.match(what):
        return f"{_join(where, missing['name'])} is required"
    if regex := _REGEX.search(what):
        return f"{where}: {_FORMS.get(ast.literal_eval(regex['pattern']), 'it has another form')}"
    return f"{where or 'Request body'}: {what[:1].lower()}{what[1:].replace('`', '')}"


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


MAX_DIGITS = 18
"""Digits; more are no number of ours."""


def number(name: str, *, default: int, least: int = 0, most: int) -> int:
    """The number called `name`, or the default.

    Raises:
        BadRequestError: it is none, or out of bounds; the sentence names it.
    """
    given = request.args.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or len(given) > MAX_DIGITS or not least <= int(given) <= most:
        raise BadRequestError(f"{name} must be a whole number from {least} to {most}", code="invalid_field")
    return int(given)


def caller() -> str:
    """The user of this request."""
    return request.headers.get("X-Forwarded-User") or LOCAL
