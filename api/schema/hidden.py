"""The characters that act, hide or reorder, as parts of a regular expression: whoever shows a text names them."""

HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Bidi controls, zero-width and filler characters, tags, separators, lone surrogates; stands in a class."""
CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
"""All but tab and newline; stands in a class."""
JOINER = "(?<=[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f]|$)"
"""Joiners are part of emoji and of some scripts, but have no business beside ASCII; stands alone."""
