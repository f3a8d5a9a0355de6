"""Reads requests: who sent it, its JSON body, and the numbers in its URL. Errors name the field that is wrong."""

import ast
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
from quart import request
from quart_schema import document_request

from api.errors import BadRequestError, InvalidFieldError, NotAnObjectError, UnsupportedMediaTypeError
from api.files.workspace import LOCAL
from api.schema import patterns

KindT = TypeVar("KindT")
RouteT = TypeVar("RouteT", bound=Callable[..., object])

MAX_DIGITS = 18
"""Digits of a number in a URL, so that it fits into 64 bits."""

# The messages of msgspec, taken apart.
_EXPLANATION = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<where>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_REGEX = re.compile(r" matching regex (?P<pattern>'.*')$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<name>.*)`$", re.DOTALL)

_PATTERN_MESSAGES = {
    patterns.UUID: "must be a UUID in lower case",
    patterns.ONE_LINE: "must be one line of text, without control characters",
    patterns.NO_NUL: "must not contain NUL characters",
}
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


def caller() -> str:
    """The user of this request, as the gateway names them; `local` for a request that reached the socket directly."""
    return request.headers.get("X-Forwarded-User") or LOCAL


def number(name: str, *, default: int, least: int = 0, most: int) -> int:
    """The whole number called `name` in the URL, or the default when it is absent.

    Raises:
        BadRequestError: it is not a whole number from `least` to `most`.
    """
    given = request.args.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or len(given) > MAX_DIGITS or not least <= int(given) <= most:
        raise BadRequestError(f"{name} must be a whole number from {least} to {most}", code="invalid_field")
    return int(given)


def accepts(kind: type) -> Callable[[RouteT], RouteT]:
    """Describes the route's body in `/openapi.json`."""
    return document_request(kind)


async def read_object(kind: type[KindT]) -> KindT:
    """The request's JSON object as `kind`, such as a Record or `dict[str, object]`.

    Raises:
        UnsupportedMediaTypeError: the content type is not JSON.
        NotAnObjectError: the body is not JSON, or not an object.
        InvalidFieldError: a field is unknown, missing, or does not fit.
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
            raise NotAnObjectError("Request body contains an unpaired surrogate, which is not a character") from None
        raise NotAnObjectError from None
    except RecursionError:
        raise NotAnObjectError("Request body is nested too deeply") from None


def explain(error: msgspec.ValidationError) -> str:
    """An error message that names the field, made from msgspec's message."""
    match = _EXPLANATION.match(str(error))
    what, where = (match["what"], (match["where"] or "").lstrip(".")) if match else (str(error), "")
    if unknown := _UNKNOWN.match(what):
        return f"Unknown field: {_join(where, unknown['name'])}"
    if missing := _MISSING.match(what):
        return f"{_join(where, missing['name'])} is required"
    if regex := _REGEX.search(what):
        return f"{where}: {_PATTERN_MESSAGES.get(ast.literal_eval(regex['pattern']), 'has the wrong format')}"
    return f"{where or 'Request body'}: {what[:1].lower()}{what[1:].replace('`', '')}"


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
