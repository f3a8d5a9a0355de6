"""The api without the mirror of transcripts: a conversation is in Claude Code's own files alone."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from api.__main__ import main
from api.storage import TranscriptStore


async def _forget(_store: TranscriptStore, _key: Mapping[str, Any], _lines: Sequence[Mapping[str, Any]]) -> None:
    return


if __name__ == "__main__":
    TranscriptStore.append = _forget  # type: ignore[method-assign, assignment]  # the one thing that this peer does not do
    sys.exit(main(sys.argv[1:]))
