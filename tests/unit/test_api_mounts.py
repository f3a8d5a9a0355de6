"""Which workspaces are on a disk that other machines share."""

from pathlib import Path

import pytest

from api.startup_summary import is_on_shared_disk

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
    assert is_on_shared_disk(Path(folder), table) is shared


def test_without_a_mount_table_a_folder_counts_as_local(tmp_path: Path) -> None:
    assert not is_on_shared_disk(tmp_path, tmp_path / "nowhere")
