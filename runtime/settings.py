"""How the programs read a variable of the environment."""


def unquoted(value: str) -> str:
    """The value without surrounding blanks and one matching pair of quotes, which `--env-file` leaves in place."""
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
