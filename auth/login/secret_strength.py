"""Secrets that are none: too short, well known, or a pattern."""

import re

SHORTEST = 16
"""Bytes."""
FEWEST_SIGNS = 6
"""Different characters in a secret of any length."""

_KNOWN = re.compile(
    r"(devdevdev|change.?(me|this|it)|replace.?(me|this|with)|your.?(session|own|secret|key)|example|placeholder"
    r"|session.?secret|super.?secret|top.?secret|insecure|default|password|passw0rd|letmein|qwerty|123456789"
    r"|secret.?key|my.?secret|keyboard.?cat|lorem|deadbeef|test.?secret|dev.?secret|todo|xxxx)",
    re.IGNORECASE,
)


def why_weak(secret: str) -> str | None:
    """Why the secret must not be used, or None when it may."""
    if len(secret.encode()) < SHORTEST:
        return f"is shorter than {SHORTEST} bytes"
    if _KNOWN.search(secret):
        return "is a known placeholder"
    if len(set(secret)) < FEWEST_SIGNS or re.fullmatch(r"(.{1,12})\1+.{0,11}", secret):
        return "is a repeated pattern"
    return None
