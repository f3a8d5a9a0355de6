"""Creates the folder of the gateway's files, which only its own user may read."""

import os
from pathlib import Path

from runtime.settings import SettingsError


def make_private_folder(folder: Path) -> Path:
    """Creates the folder if it is absent, and removes the permissions of other users.

    Raises:
        SettingsError: it cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(f"DATA_DIR: {folder} cannot be used ({error.strerror}); name a writable folder") from None
    return folder
