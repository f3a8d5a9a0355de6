"""Whether a folder is on a disk that other machines see too."""

from pathlib import Path

MOUNTS = Path("/proc/mounts")
SHARED = ("nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2")
OF_A_PROGRAM = "fuse."
"""File systems of programs; most of those that hold workspaces are shared, such as CephFS and buckets."""


def is_shared(folder: Path, mounts: Path = MOUNTS) -> bool:
    """Whether the folder's file system is of a kind that many machines mount; False where nothing tells."""
    kinds: dict[Path, str] = {}
    try:
        for line in mounts.read_text().splitlines():
            _, place, kind, *_ = line.split(" ")
            kinds[Path(place.encode().decode("unicode_escape"))] = kind  # a blank is \040
    except (OSError, ValueError):
        return False
    path = folder.resolve()
    kind = next((kinds[place] for place in (path, *path.parents) if place in kinds), "")
    return kind in SHARED or kind.startswith(OF_A_PROGRAM)
