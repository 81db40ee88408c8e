"""A signal is heard whenever it comes, also in the very moment in which the process begins to wait for it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 40
PROGRAM = f"""
import os, signal, threading, time
from services.commands.running import wait_for_signal
from shared.observability.logs import Loudness, configure_logs

loudness = configure_logs("error", service="test")

def as_soon_as_somebody_waits(before):
    while signal.getsignal(signal.SIGINT) is before:
        time.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)

for turn in range({ROUNDS}):
    threading.Thread(target=as_soon_as_somebody_waits, args=(signal.getsignal(signal.SIGINT),)).start()
    wait_for_signal(loudness)
print("heard all")
"""


def test_a_signal_that_comes_at_once_is_heard() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert done.stdout == "heard all\n", done.stderr
