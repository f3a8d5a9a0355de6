"""Regular expressions for texts: the forms that callers' texts must have, and the characters that must not be shown."""

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
ONE_LINE = r"^[^\x00-\x1f]+$"
NO_NUL = r"^[^\x00]*$"

HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Bidirectional controls, zero-width and filler characters, tags, separators, lone surrogates; for use in `[…]`."""
CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
"""All control characters except tab and newline; for use in `[…]`."""
JOINER = "(?<=[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f]|$)"
"""Joiners beside ASCII, where they have no meaning; elsewhere they belong to emoji and to some scripts."""
