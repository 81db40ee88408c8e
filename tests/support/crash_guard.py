"""Ends test servers and removes their folders when the test run itself is killed and can no longer do so.

A `kill -9` of pytest, a time limit of the CI or an `os._exit` of a test worker runs no fixture's clean-up and no
`atexit`. So one small process beside each Python that started servers reads a pipe and acts once the pipe ends.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

_READER = """
import os, shutil, signal, sys
groups, folders = set(), set()
for line in sys.stdin:
    act, kind, name = line.rstrip("\\n").split(" ", 2)
    held = groups if kind == "group" else folders
    (held.add if act == "+" else held.discard)(name)
for group in groups:
    try:
        os.killpg(int(group), signal.SIGKILL)
    except OSError:
        pass
for folder in folders:
    shutil.rmtree(folder, ignore_errors=True)
"""

_lock = threading.Lock()
_guard: tuple[int, subprocess.Popen] | None = None


def watch_group(pgid: int) -> None:
    _tell(f"+ group {pgid}")


def forget_group(pgid: int) -> None:
    _tell(f"- group {pgid}")


def watch_folder(folder: Path) -> None:
    _tell(f"+ folder {folder}")


def forget_folder(folder: Path) -> None:
    _tell(f"- folder {folder}")


def _tell(line: str) -> None:
    with _lock:
        pipe = _running().stdin
        pipe.write(line.encode() + b"\n")
        pipe.flush()


def _running() -> subprocess.Popen:
    """This process's own guard: after a fork the child gets another, for the pipe it inherited is its parent's."""
    global _guard
    if _guard is None or _guard[0] != os.getpid():
        command = [sys.executable, "-I", "-S", "-c", _READER]
        guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        _guard = (os.getpid(), guard)
    return _guard[1]
