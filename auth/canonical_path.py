"""Which spellings of a path are canonical: only these are looked up, so that no two programs read one differently."""

import re
from urllib.parse import unquote_to_bytes

LONGEST = 4096
"""Bytes of path and query."""

_ALLOWED = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_NEEDLESS = re.compile(r"%(?:2[DdEeFf]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaCcFf]|6[1-9A-Fa-f]|7[0-9AaFf]|[01][0-9A-Fa-f])")
"""Encoded letters, digits, `-._`, both slashes and control characters."""


def is_canonical(raw_path: bytes, query: bytes) -> bool:
    """Whether the path, as it came over the wire, has one reading only."""
    if len(raw_path) + len(query) > LONGEST:
        return False
    try:
        text = raw_path.decode("ascii")
        unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return False
    if not _ALLOWED.fullmatch(text) or _NEEDLESS.search(text):
        return False
    parts = text.split("/")
    # A slash at the end names a folder; nothing else may be empty.
    return not any(part in (".", "..") for part in parts) and all(parts[1:-1])
