"""Which workspaces other machines see too."""

from pathlib import Path

import pytest

from api.startup_summary import is_shared

TABLE = """\
overlay / overlay rw 0 0
fs-1.efs.amazonaws.com:/ /workspace nfs4 rw 0 0
/dev/sdb /workspace/local ext4 rw 0 0
bucket /a\\040bucket fuse.gcsfuse rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "shared"),
    [
        ("/workspace", True),
        ("/workspace/ada", True),
        ("/workspace/local/x", False),
        ("/a bucket/x", True),
        ("/workspaces", False),
        ("/", False),
    ],
)
def test_the_nearest_mount_decides(tmp_path: Path, folder: str, shared: bool) -> None:
    table = tmp_path / "mounts"
    table.write_text(TABLE)
    assert is_shared(Path(folder), table) is shared


def test_where_nothing_tells_it_is_not_shared(tmp_path: Path) -> None:
    assert not is_shared(tmp_path, tmp_path / "nowhere")
