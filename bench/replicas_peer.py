"""The peer of replicas: the api without stored transcripts, which are then only in Claude Code's own files."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from api.__main__ import main
from api.storage import TranscriptStore


async def _discard(_store: TranscriptStore, _key: Mapping[str, Any], _lines: Sequence[Mapping[str, Any]]) -> None:
    return


if __name__ == "__main__":
    TranscriptStore.append = _discard  # type: ignore[method-assign, assignment]  # the only difference of this peer
    sys.exit(main(sys.argv[1:]))
