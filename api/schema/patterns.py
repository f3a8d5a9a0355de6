"""The forms that texts from callers must have, as patterns that JSON Schema knows too."""

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
ONE_LINE = r"^[^\x00-\x1f]+$"
NO_NUL = r"^[^\x00]*$"
