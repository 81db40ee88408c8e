"""Threads share a few arenas of memory. Seen in a process of its own, since it cannot be taken back."""

import ctypes.util
import re
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from services.commands.machine import save_memory
if sys.argv[1] == "saving":
    save_memory()
together = threading.Barrier(8)
def allocate():
    together.wait()
    kept = [bytearray(2_000) for _ in range(500)]
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
[one.start() for one in threads]
[one.join() for one in threads]
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.fdopen.argtypes = [ctypes.c_int, ctypes.c_char_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fflush.argtypes = [ctypes.c_void_p]
out = libc.fdopen(1, b"w")
libc.malloc_info(0, out)
libc.fflush(out)
"""


def arenas(how: str) -> int:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True, timeout=60)
    return len(re.findall(r"<heap nr=", ran.stdout))


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="another C library than GNU's")
def test_threads_share_two_arenas() -> None:
    assert arenas("saving") <= 2 < arenas("as it is")
