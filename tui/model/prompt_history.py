"""The earlier prompts, oldest first, that Up and Down go through."""

MAX_PROMPTS = 500


class PromptHistory:
    """A cursor into the earlier prompts; the unfinished prompt comes after the last one."""

    def __init__(self, prompts: list[str] | None = None) -> None:
        self._prompts = (prompts or [])[-MAX_PROMPTS:]
        self._unsaved: list[str] = []
        self._at = len(self._prompts)
        self._unfinished = ""

    @property
    def prompts(self) -> list[str]:
        return self._prompts

    def take_unsaved(self) -> list[str]:
        """Returns the prompts added since the last call."""
        unsaved, self._unsaved = self._unsaved, []
        return unsaved

    @property
    def is_browsing(self) -> bool:
        """Whether the cursor is on an earlier prompt."""
        return self._at < len(self._prompts)

    def add(self, prompt: str) -> None:
        """Adds a prompt that was sent, unless it equals the last one, and moves the cursor to the end."""
        if prompt.strip() and self._prompts[-1:] != [prompt]:
            self._prompts = merge_prompts(self._prompts, [prompt])
            self._unsaved.append(prompt)
        self._at = len(self._prompts)

    def back(self, unfinished: str) -> str | None:
        """Moves to the previous prompt; returns None at the first one."""
        if self._at == 0:
            return None
        if not self.is_browsing:
            self._unfinished = unfinished
        self._at -= 1
        return self._prompts[self._at]

    def forward(self) -> str | None:
        """Moves to the next prompt, or to the unfinished one; returns None if already there."""
        if not self.is_browsing:
            return None
        self._at += 1
        return self._prompts[self._at] if self.is_browsing else self._unfinished


def merge_prompts(prompts: list[str], more: list[str]) -> list[str]:
    """The prompts followed by more, without the oldest beyond MAX_PROMPTS."""
    return [*prompts, *more][-MAX_PROMPTS:]
