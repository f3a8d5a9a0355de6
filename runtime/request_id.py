"""Names a request in log lines, in its answer and for the services behind the gateway."""

import re
import uuid

HEADER = "X-Request-ID"
_VALID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def request_id(given: str | None) -> str:
    """The id that the caller gave, if it is a valid one, else a new id."""
    return given if given and _VALID.fullmatch(given) else uuid.uuid4().hex
