"""The prompts of before, newest last, walked with Up and Down."""

MOST = 500


class PromptHistory:
    """A cursor into earlier prompts; what was being typed waits at its end."""

    def __init__(self, prompts: list[str] | None = None) -> None:
        self._prompts = (prompts or [])[-MOST:]
        self._fresh: list[str] = []
        self._at = len(self._prompts)
        self._typed = ""

    @property
    def prompts(self) -> list[str]:
        return self._prompts

    def take_fresh(self) -> list[str]:
        """The prompts that were added since somebody last asked."""
        fresh, self._fresh = self._fresh, []
        return fresh

    @property
    def is_walking(self) -> bool:
        return self._at < len(self._prompts)

    def add(self, prompt: str) -> None:
        """Remembers a prompt that was sent; the same one twice in a row counts once."""
        if prompt.strip() and self._prompts[-1:] != [prompt]:
            self._prompts = joined(self._prompts, [prompt])
            self._fresh.append(prompt)
        self._at = len(self._prompts)

    def back(self, typed: str) -> str | None:
        """The prompt before; None at the beginning."""
        if self._at == 0:
            return None
        if not self.is_walking:
            self._typed = typed
        self._at -= 1
        return self._prompts[self._at]

    def forward(self) -> str | None:
        """The prompt after, at last what was being typed; None when not walking."""
        if not self.is_walking:
            return None
        self._at += 1
        return self._prompts[self._at] if self.is_walking else self._typed


def joined(prompts: list[str], more: list[str]) -> list[str]:
    """The prompts with more after them, as many as are remembered."""
    return [*prompts, *more][-MOST:]
