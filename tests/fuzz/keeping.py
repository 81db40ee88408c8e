"""What of a grown corpus is worth keeping: a few small inputs that reach as many lines of ours as all of them do.

`python -m tests.fuzz.keeping HARNESS FOLDER`; former failures (`failed-*`) stay as they are.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from tests.fuzz.harness import Harness, name_of
from tests.fuzz.registry import harness

MOST_FILES = 60
MOST_BYTES = 40_000
"""Of one harness: all of them together stay below a megabyte."""
LARGEST_BYTES = 4_000
_OURS = ("/services/", "/shared/")
_Reached = set[tuple[str, int, int]]


def keep(wanted: Harness, corpus: Path) -> int:
    """Chooses anew from `corpus`, the smallest first: whatever reaches a new step from line to line. How many."""
    wanted.folder.mkdir(parents=True, exist_ok=True)
    seeds = {name_of(data): data for data in wanted.seeds()}
    grown = {path.name: path.read_bytes() for path in corpus.iterdir() if path.stat().st_size <= LARGEST_BYTES}
    grown |= {path.name: path.read_bytes() for path in wanted.kept()}
    new = sorted(
        (data for name, data in grown.items() if name_of(data) not in seeds), key=lambda data: (len(data), data)
    )
    for path in wanted.kept():
        if not path.name.startswith("failed-"):
            path.unlink()
    room, count = MOST_BYTES, 0
    with wanted.open() as one:
        known: _Reached = set().union(*(_reached(one, data) for data in seeds.values()))
        for data in new:
            reached = _reached(one, data)
            if reached <= known or len(data) > room or count == MOST_FILES:
                continue
            known |= reached
            (wanted.folder / name_of(data)).write_bytes(data)
            room, count = room - len(data), count + 1
    return count


def _reached(one: Any, data: bytes) -> _Reached:
    found: _Reached = set()
    with _traced(found), contextlib.suppress(Exception):
        one(data)
    return found


@contextlib.contextmanager
def _traced(found: _Reached) -> Iterator[None]:
    def look(frame: FrameType, event: str, _arg: Any) -> Any:
        name = frame.f_code.co_filename
        if not any(part in name for part in _OURS):
            return None
        before = frame.f_lineno

        def step(frame: FrameType, event: str, _arg: Any) -> Any:
            nonlocal before
            if event == "line":
                found.add((name, before, frame.f_lineno))
                before = frame.f_lineno
            return step

        return step

    threading.settrace(look)
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    print(keep(harness(sys.argv[1]), Path(sys.argv[2])), "kept")
