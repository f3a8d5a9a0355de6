"""Numbers in the query of a URL."""

from quart import request

from api.errors import BadRequestError

LONGEST = 18
"""Digits; more are no number of ours."""


def number(name: str, *, default: int, least: int = 0, most: int) -> int:
    """The number called `name`, or the default.

    Raises:
        BadRequestError: it is none, or out of bounds; the sentence names it.
    """
    given = request.args.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or len(given) > LONGEST or not least <= int(given) <= most:
        raise BadRequestError(f"{name} must be a whole number from {least} to {most}", code="invalid_field")
    return int(given)
