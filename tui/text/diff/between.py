"""Makes a unified diff where the api gave none."""

import difflib

MAX_LINES = 20_000


def unified_diff(old: str, new: str, path: str = "", context: int = 3) -> str:
    """The unified diff of two texts; of huge ones only that they differ, because comparing takes quadratic time."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > MAX_LINES:
        return f"--- {path}\n+++ {path}\n@@ -1,{len(before)} +1,{len(after)} @@\n" + "\n".join(f"+{x}" for x in after)
    return "\n".join(difflib.unified_diff(before, after, path, path, lineterm="", n=context))
