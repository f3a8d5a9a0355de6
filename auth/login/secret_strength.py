"""Detects weak secrets: short ones, known placeholders, and repeated patterns."""

import re

MIN_BYTES = 16
MIN_DIFFERENT_CHARACTERS = 6
"""In a secret of any length."""

_PLACEHOLDER = re.compile(
    r"(devdevdev|change.?(me|this|it)|replace.?(me|this|with)|your.?(session|own|secret|key)|example|placeholder"
    r"|session.?secret|super.?secret|top.?secret|insecure|default|password|passw0rd|letmein|qwerty|123456789"
    r"|secret.?key|my.?secret|keyboard.?cat|lorem|deadbeef|test.?secret|dev.?secret|todo|xxxx)",
    re.IGNORECASE,
)
_REPETITION = re.compile(r"(.{1,12})\1+.{0,11}")


def find_weakness(secret: str) -> str | None:
    """The reason why the secret must not be used, to follow the name of its variable; None if it is strong."""
    if len(secret.encode()) < MIN_BYTES:
        return f"is shorter than {MIN_BYTES} bytes"
    if _PLACEHOLDER.search(secret):
        return "is a known placeholder"
    if len(set(secret)) < MIN_DIFFERENT_CHARACTERS or _REPETITION.fullmatch(secret):
        return "is a repeated pattern"
    return None
