"""Runs inside a session, by Claude Code's Bash tool: tries to get out, and prints what it got as JSON.

Every attack answers with what it reached: an empty list is a wall that held.
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
Thing = TypeVar("Thing")


def reached(attempt: Callable[[Thing], object], things: Iterable[Thing]) -> list[str]:
    """Those with which the attempt succeeds."""
    found = []
    for thing in things:
        try:
            attempt(thing)
        except OSError:
            continue
        found.append(str(thing))
    return found


def read(path: Path) -> None:
    with path.open("rb") as file:
        file.read(1)


def enter(path: Path) -> None:
    next(path.iterdir(), None)


def strangers() -> list[Path]:
    """The processes of other users."""
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


def owners_of_strangers() -> list[str]:
    return [str(folder.stat().st_uid) for folder in strangers() if folder.exists()]


def numbers() -> list[int]:
    return [int(folder.name) for folder in strangers()]


def environments() -> list[str]:
    return reached(read, [folder / "environ" for folder in strangers()])


def system_prompts() -> list[str]:
    """Command lines are open to all: nothing private may stand there."""
    lines = [(folder / "cmdline").read_bytes() for folder in strangers()]
    return [line.decode() for line in lines if b"heron" in line]


def credentials() -> list[str]:
    """Places from which what Claude Code starts can learn its credential, whose letters we are given backwards."""
    secret = sys.argv[2][::-1].encode()

    def look(path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # an empty pipe must not hold us
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
    return reached(look, places)


def memories() -> list[str]:
    return reached(read, [folder / name for folder in strangers() for name in ("mem", "maps", "auxv", "syscall")])


def open_files() -> list[str]:
    places = [folder / name for folder in strangers() for name in ("fd", "cwd", "root", "map_files")]
    return reached(enter, places)


def signals() -> list[str]:
    return reached(lambda number: os.kill(number, 0), numbers())


def groups_of_processes() -> list[str]:
    # Group 1 would mean everybody whom we may signal: ourselves.
    return reached(lambda number: os.killpg(number, signal.SIGCONT), [number for number in numbers() if number > 1])


def tracing() -> list[str]:
    libc = ctypes.CDLL(None)
    return [str(number) for number in numbers() if libc.ptrace(PTRACE_ATTACH, number, None, None) == 0]


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
    """What others leave in /tmp, and places in it that one could take from others."""
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


def the_door_without_a_key() -> list[str]:
    """Through the door one is nobody, whoever one says to be."""
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
    """What all containers of a machine share."""
    names = ("sysrq-trigger", "sys/kernel/core_pattern", "1/oom_score_adj", "kcore", "kmsg", "sys/vm/drop_caches")
    opened = reached(lambda path: path.open("r+b").close(), [PROC / name for name in names])
    libc = ctypes.CDLL(None)
    mounted = libc.mount(b"none", str(Path.home()).encode(), b"tmpfs", 0, None) == 0
    return opened + (["mount"] if mounted else [])


def other_users() -> list[str]:
    """Ways to become someone else."""
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
    """Started by the session it is the session: it reaches no more."""
    found = []
    for program in ("api", "auth"):
        command = ["/app/start.sh", "program", program, "doctor"]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        found += [line for line in done.stdout.splitlines() if "healthy" in line or "answers" in line]
    return found


def programs_that_lend_rights() -> list[str]:
    """Programs that run as their owner, or with capabilities of their own."""
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
    *(environments, credentials, system_prompts, memories, open_files, signals, groups_of_processes, tracing),
    *(
        folders_of_the_deployment,
        files_of_the_deployment,
        homes_of_others,
        temporary_files,
        sockets,
        the_door_without_a_key,
    ),
    *(places_to_write, the_machine, other_users, the_start_script, programs_that_lend_rights, capabilities),
    secrets_in_the_environment,
)

if __name__ == "__main__":
    print(json.dumps({attack.__name__: attack() for attack in ATTACKS} | {"strangers": owners_of_strangers()}))
