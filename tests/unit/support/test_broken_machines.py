"""A clock that jumps under a running program, and a disk that is full: both in earnest."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clock_shift import ClockShift
from tests.support.eventually import eventually
from tests.support.missing import NotInstalled, skip_or_fail
from tests.support.processes import Process
from tests.support.small_disk import SmallDisk

TELL = """
import sys, threading, time
from datetime import UTC, datetime
while True:
    began = time.monotonic()
    threading.Event().wait(0.05)
    print(datetime.now(UTC).timestamp(), int(time.time()), time.monotonic() - began, flush=True)
"""


def test_a_clock_jumps_ahead_and_back_and_spans_stay_as_they_are(tmp_path: Path) -> None:
    try:
        clock = ClockShift(tmp_path)
    except NotInstalled as problem:
        skip_or_fail(problem)
    env = {**os.environ, **clock.environment}
    with Process([sys.executable, "-c", TELL], log=tmp_path / "log", env=env) as process:
        for hours in (0, 24, -24, 0):
            clock.turn(hours * 3600)
            wanted = timedelta(hours=hours)
            eventually(lambda wanted=wanted: abs(_last(process)[0] - wanted) < timedelta(seconds=3), 5)
            assert abs(_last(process)[1] - wanted) < timedelta(seconds=3)
        spans = [float(line.split()[2]) for line in process.output().splitlines()[:-1]]
    assert max(spans) < 5


def test_a_full_disk_takes_nothing_until_it_is_emptied(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    try:
        with SmallDisk(folder, 1) as disk:
            (folder / "kept").write_bytes(b"kept")
            disk.fill()
            with pytest.raises(OSError, match="No space left"):
                (folder / "more").write_bytes(b"more" * 2_000)
            disk.empty()
            (folder / "more").write_bytes(b"more" * 2_000)
            assert (folder / "kept").read_bytes() == b"kept"
    except NotInstalled as problem:
        pytest.skip(str(problem))
    assert list(folder.iterdir()) == []
    assert str(folder) not in subprocess.run(["mount"], capture_output=True, text=True, check=False).stdout


def _last(process: Process) -> tuple[timedelta, timedelta]:
    """How far its clock is from ours, by the two ways to ask for it."""
    line = process.output().splitlines()[-1].split()
    now = time.time()
    return tuple(timedelta(seconds=float(word) - now) for word in line[:2])  # type: ignore[return-value]
