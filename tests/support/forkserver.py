"""Starts the product's programs by forking a process that has already imported their libraries.

`python -m tests.support.forkserver FD` listens on that file descriptor. Each connection names one program and receives
its process id, then its exit code. The program runs as it does under `python -m`, in its own session; only its
`/proc/PID/cmdline` and `/proc/PID/environ` are those of the fork server.
"""

import asyncio
import atexit
import gc
import importlib
import os
import runpy
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NoReturn

import msgspec

from tests.support.process import ROOT, clean_environment

IMPORTED = (
    "api.http.app",
    "api.http.server",
    "api.storage.database",
    "auth.server",
    "demo.app",
    "tui.serve.app",
    "hypercorn.asyncio",
)
OPEN_FILES = 256
"""More file descriptors than the fork server opens."""


class ForkRequest(msgspec.Struct):
    """The program to start."""

    words: list[str]
    """Its module and arguments, as after `python -m`."""
    environment: dict[str, str]
    """All its environment variables."""
    log: str
    """The file that receives its output."""


@dataclass(slots=True, kw_only=True)
class ForkedProcess:
    """A process of the fork server, with the methods of `asyncio.subprocess.Process` that the tests use."""

    pid: int
    returncode: int | None = None
    _end: asyncio.Task[int] = field(init=False)

    def send_signal(self, number: int, /) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def watch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Starts to wait for the exit code."""
        self._end = asyncio.create_task(self._read_exit_code(reader, writer))

    async def _read_exit_code(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        self.returncode = int(await reader.readline())
        writer.close()
        return self.returncode


async def fork(words: Sequence[str], environment: Mapping[str, str], log: Path) -> ForkedProcess:
    """Starts `python -m …` from this process's fork server, which starts on the first call."""
    reader, writer = await asyncio.open_unix_connection(_forkserver())
    log.touch()
    request = ForkRequest(words=list(words), environment=clean_environment(environment), log=str(log))
    writer.write(msgspec.json.encode(request) + b"\n")
    process = ForkedProcess(pid=int(await reader.readline()))
    process.watch(reader, writer)
    return process


@cache
def _forkserver() -> str:
    """Starts the fork server and returns its socket; connections wait until it has imported everything."""
    folder = tempfile.mkdtemp(prefix="forkserver-")
    address = f"{folder}/socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(64)
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(listening.fileno())],
            cwd=ROOT,
            env=clean_environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[listening.fileno()],
        )
    atexit.register(_end, process, folder)
    return address


def _end(process: subprocess.Popen[bytes], folder: str) -> None:
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        request = msgspec.json.decode(self.rfile.readline(), type=ForkRequest)
        pid = os.fork()
        if pid == 0:
            _run_program(request)
        self.wfile.write(b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        self.wfile.write(b"%d\n" % os.waitstatus_to_exitcode(status))


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    max_children = 1000
    block_on_close = False
    parent = os.getppid()

    def service_actions(self) -> None:
        """Exits when the process that started the fork server is gone."""
        super().service_actions()
        if os.getppid() != self.parent:
            os._exit(0)


def _run_program(request: ForkRequest) -> NoReturn:
    """Runs the program in this process and exits with its exit code."""
    code = 1
    try:
        os.setsid()
        output = os.open(request.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3, OPEN_FILES)
        os.environ.clear()
        os.environ.update(request.environment)
        sys.argv = request.words
        runpy.run_module(request.words[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _serve(descriptor: int) -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    listening = socket.socket(fileno=descriptor)
    server = _Server(listening.getsockname(), _Handler, bind_and_activate=False)
    server.socket = listening
    server.serve_forever()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
