"""What a session is called until somebody gives it a name."""

LONGEST_TITLE = 80


def title_of(prompt: str) -> str:
    """A prompt as the title of its session: one short line."""
    line = " ".join(prompt.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
