"""What a harness is, and the watch that stands over each input: time, memory, and errors that nobody documented."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

CORPUS = Path(__file__).parent / "corpus"
MOST_SECONDS = 5.0
"""Of processor time, for one input: generous, since tracing every line makes Python ten times as slow."""
MOST_MEGABYTES = 400
"""By which the memory of the process may grow while one input is read: photos may take 210 (`MOST_MEMORY`)."""
MOST_INPUT_BYTES = 20_000
_FOLDERS = "tanggap-fuzz"

One = Callable[[bytes], None]
"""Reads one input. May only end normally: documented errors of the reader are caught inside it."""


class Finding(AssertionError):
    """An input that the reader answers wrongly, though without an error of its own."""


def require(holds: object, what: str) -> None:
    if not holds:
        raise Finding(what)


@dataclass(frozen=True)
class Harness:
    """`open` builds the reader; `words` are tokens that an input of this kind is made of."""

    name: str
    open: Callable[[], AbstractContextManager[One]]
    seeds: Callable[[], list[bytes]]
    words: tuple[str, ...] = ()
    most_seconds: float = MOST_SECONDS

    @property
    def folder(self) -> Path:
        return CORPUS / self.name

    def kept(self) -> list[Path]:
        """Inputs that are kept in the repository, those of former failures first."""
        return sorted(self.folder.glob("*"), key=lambda path: (not path.name.startswith("failed-"), path.name))


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: a database on a disk would spend the hour waiting for it."""
    memory = Path("/dev/shm")
    for left in memory.glob(f"{_FOLDERS}-*-*"):  # the engine ends its process without leaving anything it is in
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    prefix = f"{_FOLDERS}-{os.getpid()}-"
    with TemporaryDirectory(prefix=prefix, dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def watched(one: One, most_seconds: float = MOST_SECONDS) -> One:
    """Raises `Finding` as well for what takes too much time or memory."""

    def read(data: bytes) -> None:
        memory, begun = _peak_megabytes(), time.process_time()
        one(data)
        seconds, grown = time.process_time() - begun, _peak_megabytes() - memory
        require(seconds <= most_seconds, f"took {seconds:.1f} s")
        require(grown <= MOST_MEGABYTES, f"took {grown} MB")

    return read


def place_of(error: BaseException) -> str:
    """Kind and innermost place of an error in our own code: two inputs with the same place show the same mistake."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/services/" in frame.filename or "/shared/" in frame.filename]
    frame = (ours or list(frames))[-1]
    what = str(error)[:60] if isinstance(error, Finding) else type(error).__name__
    return f"{what} at {Path(frame.filename).name}:{frame.lineno}"


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _peak_megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
