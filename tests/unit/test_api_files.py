"""No path from a URL leads out of the workspace: not by its text, by links, or by a swap while it is used."""

import ctypes
import os
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from api.errors import ApiError
from api.files import OpenFile, Upload, WorkspacePath, list_folder, remove

SECRET = "the secret"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a file; beside it a secret that no path may reach."""
    folder = tmp_path / "workspace"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "file.txt").write_text("inside")
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "workspace-too").mkdir()
    (tmp_path / "workspace-too" / "secret").write_text(SECRET)
    return folder


def read(root: Path, path: str) -> bytes:
    file = OpenFile.open(WorkspacePath.parse(root, path.encode()))
    content = os.pread(file.descriptor.number, 1000, 0)
    file.close()
    return content


def put(root: Path, path: str, content: bytes = b"new") -> None:
    with Upload(WorkspacePath.parse(root, path.encode())) as upload:
        upload.write(content)
        upload.commit()


def test_links_inside_the_workspace_work(root: Path) -> None:
    (root / "near").symlink_to("sub/file.txt")
    (root / "absolute").symlink_to(root / "sub")
    assert read(root, "sub/file.txt") == read(root, "near") == read(root, "absolute/file.txt") == b"inside"


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "%2e%2e/secret",
        "sub/../../secret",
        "sub/%2E%2E/%2e%2e/secret",
        "..%2fsecret",
        "../workspace-too/secret",
    ],
)
@pytest.mark.parametrize("use", [read, put])
def test_a_path_that_climbs_out_is_refused(root: Path, path: str, use: Callable[[Path, str], object]) -> None:
    with pytest.raises(ApiError) as refused:
        use(root, path)
    assert (refused.value.status, refused.value.code) == (403, "outside_workspace")


@pytest.mark.parametrize("target", ["../secret", "../workspace-too/secret", "/etc/passwd", "/proc/self/environ"])
def test_a_link_to_a_file_outside_is_refused(root: Path, target: str) -> None:
    (root / "link").symlink_to(target)
    with pytest.raises(ApiError) as refused:
        read(root, "link")
    assert refused.value.code == "outside_workspace"


@pytest.mark.parametrize("target", ["..", "../workspace-too", "/", "/proc/self/root"])
def test_a_link_to_a_folder_outside_is_refused_for_every_operation(root: Path, target: str) -> None:
    (root / "link").symlink_to(target)
    tries: list[Callable[[], object]] = [
        lambda: read(root, "link/secret"),
        lambda: put(root, "link/new"),
        lambda: list_folder(WorkspacePath.parse(root, b"link")),
        lambda: remove(WorkspacePath.parse(root, b"link/secret")),
    ]
    for attempt in tries:
        with pytest.raises(ApiError) as refused:
            attempt()
        assert refused.value.code == "outside_workspace"
    assert (root.parent / "secret").read_text() == SECRET


def test_writing_to_a_link_replaces_it_and_removing_it_keeps_its_target(root: Path) -> None:
    (root / "link").symlink_to("../secret")
    put(root, "link")
    assert not (root / "link").is_symlink()
    assert (root / "link").read_bytes() == b"new"
    (root / "other").symlink_to("../secret")
    remove(WorkspacePath.parse(root, b"other"))
    assert not (root / "other").is_symlink()
    assert (root.parent / "secret").read_text() == SECRET


def exchange(one: Path, other: Path) -> None:
    """Swaps two names in one system call."""
    done = ctypes.CDLL(None).renameat2(-100, os.fsencode(one), -100, os.fsencode(other), 2)
    assert done == 0


def test_a_folder_that_is_swapped_for_a_link_does_not_lead_out(root: Path) -> None:
    """Swaps a folder with a link to the outside as fast as possible while the path is read and written."""
    (root / "name").mkdir()
    (root / "name" / "secret").write_text("harmless")
    (root / "trap").symlink_to(root.parent)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            exchange(root / "name", root / "trap")

    swapper = threading.Thread(target=swap)
    swapper.start()
    outcomes = Counter[str]()
    try:
        for use in (read, put) * 1500:
            path = "name/secret" if use is read else "name/planted"
            try:
                outcomes["passed"] += use(root, path) in (None, b"harmless")
            except ApiError as error:
                outcomes[error.code] += 1
    finally:
        stop.set()
        swapper.join()
    assert set(outcomes) == {"passed", "outside_workspace"}
    assert outcomes.total() == 3000
    assert not (root.parent / "planted").exists()


def test_devices_and_pipes_are_not_files(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(ApiError) as refused:
        read(root, "pipe")
    assert refused.value.code == "not_a_file"


@pytest.mark.parametrize(
    "name",
    ["ä ö", "中文.txt", "a\nb", "%41", "q\"uo'te", "-rf", "~", "\u202egnp.exe", "x" * 255, ".env", "a;b|c&d", "\\"],
)
def test_unusual_names_are_written_read_listed_and_removed(root: Path, name: str) -> None:
    (root / "odd").mkdir()
    quoted = f"odd/{name}".replace("%", "%25")
    put(root, quoted, name.encode())
    (entry,) = list_folder(WorkspacePath.parse(root, b"odd")).entries
    assert entry.name == name
    assert read(root, f"odd/{entry.href}") == name.encode()
    remove(WorkspacePath.parse(root, quoted.encode()))
    assert list((root / "odd").iterdir()) == []


def test_a_name_that_is_not_utf8_can_be_read(root: Path) -> None:
    (root / "odd").mkdir()
    Path(os.fsdecode(os.fsencode(root / "odd") + b"/caf\xe9")).write_text("x")
    (entry,) = list_folder(WorkspacePath.parse(root, b"odd")).entries
    assert (entry.name, entry.href) == ("caf\ufffd", "caf%E9")
    assert read(root, "odd/caf%E9") == b"x"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a%00b", "bad_path"),
        ("x" * 256, "bad_path"),
        ("gone", "not_found"),
        ("sub/file.txt/x", "not_found"),
        ("", "is_folder"),
    ],
)
def test_a_path_without_a_file_is_refused_with_a_code(root: Path, path: str, code: str) -> None:
    with pytest.raises(ApiError) as refused:
        read(root, path)
    assert refused.value.code == code


def test_a_circle_of_links_is_not_found(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises(ApiError) as refused:
        read(root, "a")
    assert refused.value.status == 404


def test_an_upload_that_is_not_kept_changes_nothing(root: Path) -> None:
    before = sorted(root.rglob("*"))
    with Upload(WorkspacePath.parse(root, b"sub/file.txt")) as upload:
        upload.write(b"half")
    assert sorted(root.rglob("*")) == before
    assert read(root, "sub/file.txt") == b"inside"


def test_a_replaced_file_keeps_its_mode(root: Path) -> None:
    (root / "run.sh").touch(mode=0o755)
    put(root, "run.sh")
    assert (root / "run.sh").stat().st_mode & 0o777 == 0o755


def test_a_reader_sees_the_whole_old_file_or_the_whole_new_one(root: Path) -> None:
    """Replaces a file while another thread reads it."""
    put(root, "f", b"a" * 100_000)
    stop = threading.Event()
    torn: list[bytes] = []

    def watch() -> None:
        while not stop.is_set():
            content = (root / "f").read_bytes()
            if len(set(content)) != 1 or len(content) != 100_000:
                torn.append(content)

    reader = threading.Thread(target=watch)
    reader.start()
    for letter in b"bcdefghij" * 5:
        put(root, "f", bytes([letter]) * 100_000)
    stop.set()
    reader.join()
    assert torn == []


def test_no_descriptor_is_left_open(root: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in ("sub/file.txt", "gone", "sub", "../x", "a%00"):
        for attempt in (read, put):
            try:
                attempt(root, path)
            except ApiError:
                continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before
