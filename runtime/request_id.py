"""Chooses the id of a request, which appears in log lines, in the answer and at the services behind the gateway."""

import re
import uuid

HEADER = "X-Request-ID"
_VALID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def request_id(given: str | None) -> str:
    """The id that the caller sent if it is valid, otherwise a new one."""
    return given if given and _VALID.fullmatch(given) else uuid.uuid4().hex
