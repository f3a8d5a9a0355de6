"""Big pastes stand in the prompt as a chip, and are themselves again when it is sent."""

import re

LINES = 12
CHARACTERS = 1200
_CHIP = re.compile(r"\[Pasted text #(\d+)[^\]]*\]")


class Pastes:
    """Knows what each chip stands for."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def chip(self, text: str) -> str | None:
        """A chip for a big paste; None for one that may stand as it is."""
        lines = text.count("\n") + 1
        if lines <= LINES and len(text) <= CHARACTERS:
            return None
        number = len(self._texts) + 1
        self._texts[number] = text
        size = f"{lines} lines" if lines > 1 else f"{len(text):,} characters"
        return f"[Pasted text #{number}, {size}]"

    def expand(self, text: str) -> str:
        """The text with every chip replaced by what it stands for."""
        return _CHIP.sub(lambda match: self._texts.get(int(match[1]), match[0]), text)
