"""The clock of another program, turned while it runs: only the time of day, not the clocks that measure spans."""

import mmap
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.support.missing import NotInstalled

SOURCE = Path(__file__).with_name("clock_shift.c")


class ClockShift:
    """One program's, or that of several which share it. Linux only.

    `environment` goes to whom it is for, before they start; `turn` may be called at any time.
    """

    def __init__(self, folder: Path) -> None:
        """Raises NotInstalled without a C compiler."""
        library = _library()
        self._path = folder / "clock"
        self._path.write_bytes(struct.pack("q", 0))
        self.environment = {"LD_PRELOAD": str(library), "TANGGAP_TEST_CLOCK": str(self._path)}
        with self._path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 8)

    def turn(self, seconds: float) -> None:
        """So much ahead of the machine's from now on; less than 0: behind."""
        self._page[:] = struct.pack("q", int(seconds * 1_000_000_000))


@cache
def _library() -> Path:
    """Compiled once for this process; the folder goes with the machine's temporary files."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotInstalled("a C compiler is not installed: apt-get install gcc libc6-dev")
    library = Path(mkdtemp(prefix="tanggap-clock-")) / "clock_shift.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return library
