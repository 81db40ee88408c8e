import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import process_table
from tests.support.eventually import eventually
from tests.support.processes import Process

# A parent with a child in its own group and one that left for a session of its own.
FAMILY = "sleep 60 & setsid sleep 61 & echo ready; wait"


def shell(script: str, folder: Path) -> Process:
    return Process(["/bin/sh", "-c", script], log=folder / "log" / "out.log", name="script")


def test_output_and_exit_code(tmp_path):
    process = shell("echo one; echo two >&2; exit 3", tmp_path).start()
    assert process.wait() == 3
    assert process.output() == "one\ntwo\n"
    assert process.tail(1).splitlines()[1:] == ["two"]
    assert "ended with 3" in process.tail()


def test_kill9_takes_children_that_left_the_group(tmp_path):
    process = shell(FAMILY, tmp_path).start()
    process.wait_for_output("ready")
    eventually(lambda: len(process.family()) == 3, describe=process.family)
    pids = [row.pid for row in process.family()]
    process.kill9()
    assert process.returncode == -signal.SIGKILL
    assert not any(process_table.is_living(pid) for pid in pids)
    assert not process.alive
    assert process.family() == []


def test_pause_freezes_all_and_resume_lets_them_go_on(tmp_path):
    script = "while :; do date +%s%N > beat; sleep 0.01; done"
    with Process(["/bin/sh", "-c", script], log=tmp_path / "out.log", cwd=tmp_path) as process:
        beat = tmp_path / "beat"
        eventually(lambda: beat.exists() and beat.read_text())
        process.pause()
        assert process.alive
        frozen = beat.read_text()
        time.sleep(0.1)
        assert beat.read_text() == frozen
        process.resume()
        eventually(lambda: beat.read_text() not in ("", frozen))


def test_terminate_returns_the_exit_code_also_of_one_that_is_frozen(tmp_path):
    process = shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done", tmp_path).start()
    process.wait_for_output("ready")
    process.pause()
    assert process.terminate() == 7


def test_terminate_kills_one_that_does_not_listen_and_says_so(tmp_path):
    process = shell("trap '' TERM; echo deaf; while :; do sleep 0.01; done", tmp_path).start()
    process.wait_for_output("deaf")
    with pytest.raises(TimeoutError, match=r"(?s)did not end within 0\.2 s.*deaf"):
        process.terminate(timeout=0.2)
    assert not process.alive


def test_one_that_ended_by_itself_can_be_seen_and_started_again(tmp_path):
    process = shell("echo started", tmp_path).start()
    eventually(lambda: not process.alive)
    process.kill9()
    assert process.returncode == 0
    process.start()
    process.wait()
    assert process.output() == "started\n"
    assert process.log.read_text() == "started\nstarted\n"


def test_waiting_for_output_ends_with_the_process(tmp_path):
    with shell("echo something else", tmp_path) as process, pytest.raises(AssertionError, match="something else"):
        process.wait_for_output("ready", deadline_seconds=60)


def test_what_a_killed_test_run_started_ends_with_it(tmp_path):
    code = f"""
import os, signal
from pathlib import Path
from tests.support.folders import open_folder
from tests.support.processes import Process
process = Process(["sleep", "60"], log=Path({str(tmp_path)!r}, "log")).start()
print(process.pid, open_folder("tanggap-test-"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    pid, folder = done.stdout.split()
    eventually(lambda: not process_table.is_living(int(pid)))
    eventually(lambda: not Path(folder).exists())


def test_what_a_test_run_left_running_ends_with_it(tmp_path):
    code = f"""
from pathlib import Path
from tests.support.processes import Process
print(Process(["sleep", "60"], log=Path({str(tmp_path)!r}, "log")).start().pid)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not process_table.is_living(int(done.stdout))


def test_the_process_table_knows_us():
    row = process_table.read()[os.getpid()]
    assert (row.parent, row.group) == (os.getppid(), os.getpgrp())
