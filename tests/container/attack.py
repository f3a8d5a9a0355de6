"""Tries to break out of a session and prints what it reached as JSON; Claude Code's Bash tool runs it.

Every attack returns what it reached: an empty list means that the isolation held.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

ME = os.getuid()
PTRACE_ATTACH = 16
PROC = Path("/proc")
DATA = Path("/data")
Target = TypeVar("Target")


def reached(attempt: Callable[[Target], object], targets: Iterable[Target]) -> list[str]:
    """Returns the targets for which the attempt succeeds."""
    found = []
    for target in targets:
        try:
            attempt(target)
        except OSError:
            continue
        found.append(str(target))
    return found


def read(path: Path) -> None:
    with path.open("rb") as file:
        file.read(1)


def enter(path: Path) -> None:
    next(path.iterdir(), None)


def foreign_processes() -> list[Path]:
    """Returns the /proc folders of other users' processes."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        try:
            lines = (folder / "status").read_text().splitlines()
        except OSError:
            continue
        owner = next(line for line in lines if line.startswith("Uid:")).split()[1]
        if int(owner) != ME:
            found.append(folder)
    return found


def foreign_owners() -> list[str]:
    return [str(folder.stat().st_uid) for folder in foreign_processes() if folder.exists()]


def foreign_pids() -> list[int]:
    return [int(folder.name) for folder in foreign_processes()]


def environments() -> list[str]:
    return reached(read, [folder / "environ" for folder in foreign_processes()])


def system_prompts() -> list[str]:
    """Everybody can read command lines, so they must not contain anything private."""
    lines = [(folder / "cmdline").read_bytes() for folder in foreign_processes()]
    return [line.decode() for line in lines if b"heron" in line]


def credentials() -> list[str]:
    """Searches for Claude Code's credential, which is passed to this script in reverse so that it is not found here."""
    secret = sys.argv[2][::-1].encode()

    def search(path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # reading an empty pipe must not block
        try:
            if secret not in os.read(descriptor, 1 << 20):
                raise FileNotFoundError
        finally:
            os.close(descriptor)

    own = [folder for folder in PROC.glob("[0-9]*") if folder.stat().st_uid == ME]
    places = [folder / name for folder in own for name in ("environ", "cmdline")]
    for folder in own:
        with contextlib.suppress(OSError):
            pipes = [link for link in (folder / "fd").iterdir() if str(link.readlink()).startswith("pipe:")]
            places += [link for link in pipes if int(link.name) > 2]
    places += [path for path in Path.home().rglob("*") if path.is_file()]
    places += [path for path in Path(os.environ["TMPDIR"]).rglob("*") if path.is_file()]
    return reached(search, places)


def memories() -> list[str]:
    return reached(
        read, [folder / name for folder in foreign_processes() for name in ("mem", "maps", "auxv", "syscall")]
    )


def open_files() -> list[str]:
    places = [folder / name for folder in foreign_processes() for name in ("fd", "cwd", "root", "map_files")]
    return reached(enter, places)


def signals() -> list[str]:
    return reached(lambda pid: os.kill(pid, 0), foreign_pids())


def process_groups() -> list[str]:
    # Group 1 would mean every process that we can signal, including our own.
    return reached(lambda pid: os.killpg(pid, signal.SIGCONT), [pid for pid in foreign_pids() if pid > 1])


def tracing() -> list[str]:
    libc = ctypes.CDLL(None)
    return [str(pid) for pid in foreign_pids() if libc.ptrace(PTRACE_ATTACH, pid, None, None) == 0]


def folders_of_the_deployment() -> list[str]:
    names = ("/data", "/data/auth", "/data/agent", "/data/claude", "/run/house", "/root")
    return reached(enter, map(Path, names))


def files_of_the_deployment() -> list[str]:
    names = ("auth/auth.db", "auth/session_secret", "auth/audit.jsonl", "agent/sessions.db", "../etc/shadow")
    return reached(read, [DATA / name for name in names])


def homes_of_others() -> list[str]:
    names = ["claude", *(f"claude{number:02d}" for number in range(64))]
    return reached(enter, [home for name in names if (home := DATA / "claude" / name) != Path.home()])


def temporary_files() -> list[str]:
    """Other users' files in /tmp, and names of their folders that this user can take."""
    mine = Path(os.environ["TMPDIR"])
    foreign = [path for path in (*Path("/tmp").iterdir(), *mine.parent.glob("claude*")) if path.is_dir()]
    foreign = [path for path in foreign if path.stat().st_uid not in (ME, 0) and path != mine]
    squatted = reached(lambda name: (mine.parent / name).mkdir(), ["claude63"])
    return reached(enter, foreign) + squatted


def sockets() -> list[str]:
    def connect(name: str) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"/run/house/{name}.sock")

    return reached(connect, ("api", "tui", "supervisor"))


def gateway_without_a_key() -> list[str]:
    """The gateway must not accept a user header without a login or a key."""
    port = int(sys.argv[1])

    def answer(path: str) -> bytes:
        head = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nX-Forwarded-User: local\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(head.encode())
            return client.recv(100)

    paths = ("/sessions", "/files/", "/models", "/metrics", "/version")
    return [path for path in paths if b" 401 " not in answer(path)]


def places_to_write() -> list[str]:
    folders = ("/app", "/app/api", "/app/.venv/bin", "/usr/local/bin", "/etc", "/run", "/data", "/var/lib", "/")
    files = ("/app/start.sh", "/app/api/http/app.py", "/app/container/tui", "/etc/passwd", "/etc/gitconfig")
    planted = reached(lambda folder: (folder / "planted").write_text("x"), map(Path, folders))
    return planted + reached(lambda path: path.open("a").close(), map(Path, files))


def the_machine() -> list[str]:
    """Parts of the kernel that all containers of a machine share."""
    names = ("sysrq-trigger", "sys/kernel/core_pattern", "1/oom_score_adj", "kcore", "kmsg", "sys/vm/drop_caches")
    opened = reached(lambda path: path.open("r+b").close(), [PROC / name for name in names])
    libc = ctypes.CDLL(None)
    mounted = libc.mount(b"none", str(Path.home()).encode(), b"tmpfs", 0, None) == 0
    return opened + (["mount"] if mounted else [])


def other_users() -> list[str]:
    """Ways to become another user."""
    found = reached(os.setuid, (0, 10001, 10002)) + reached(os.setgid, (0, 10001, 10002))
    found += reached(lambda group: os.setgroups([group]), (0, 10001, 10002))
    for user in ("root", "agent", "gateway", "claude", "claude00", "claude01"):
        drop = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"]
        for command in ([*drop, "id", "-u"], [*drop[:3], "id", "-u"], ["su", user, "-c", "id -u"]):
            done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
            if done.returncode == 0 and done.stdout.strip() != str(ME):
                found.append(" ".join(command))
    return found


def the_start_script() -> list[str]:
    """The start script, run by the session, must not have more rights than the session."""
    found = []
    for program in ("api", "auth"):
        command = ["/app/start.sh", "program", program, "doctor"]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        found += [line for line in done.stdout.splitlines() if "healthy" in line or "answers" in line]
    return found


def privileged_programs() -> list[str]:
    """Programs with a setuid or setgid bit, or with capabilities."""
    found = []
    for place, _, names in os.walk("/"):
        if place.startswith(("/proc", "/sys")):
            continue
        for path in (Path(place, name) for name in names):
            if path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_mode & 0o6000:
                found.append(str(path))
            found += reached(lambda path: os.getxattr(path, "security.capability"), [path])
    return found


def capabilities() -> list[str]:
    lines = [line.split() for line in (PROC / "self/status").read_text().splitlines() if ":" in line]
    status = {words[0]: words[1] for words in lines if len(words) > 1}
    held = [name for name in ("CapEff:", "CapPrm:", "CapInh:", "CapAmb:") if int(status[name], 16)]
    return held + ([] if status["NoNewPrivs:"] == "1" else ["NoNewPrivs"])


def secrets_in_the_environment() -> list[str]:
    names = ("SESSION_SECRET", "RESEND_API_KEY", "CLAUDE_CODE_SDK_CONTAINER_API_KEY", "DATABASE_URL")
    return [name for name, value in os.environ.items() if name in names or "ada-ada" in value]


ATTACKS = (
    *(environments, credentials, system_prompts, memories, open_files, signals, process_groups, tracing),
    *(
        folders_of_the_deployment,
        files_of_the_deployment,
        homes_of_others,
        temporary_files,
        sockets,
        gateway_without_a_key,
    ),
    *(places_to_write, the_machine, other_users, the_start_script, privileged_programs, capabilities),
    secrets_in_the_environment,
)

if __name__ == "__main__":
    print(json.dumps({attack.__name__: attack() for attack in ATTACKS} | {"foreign_owners": foreign_owners()}))
