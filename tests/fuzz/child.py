"""One harness under one engine in a process of its own: what it finds is written down, and it goes on.

`python -m tests.fuzz.child HARNESS SECONDS FOLDER ENGINE`, with `atheris` (coverage-guided) or `blind` (mutations of
what is known, where atheris cannot be installed). FOLDER holds `corpus/`, which grows, `found/`, and `progress.json`.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

INSTRUMENTED = (
    "services",
    "shared",
    "email",
    "werkzeug",
    "waitress",
    "marshmallow",
    "flask_smorest",
    "html",
    "inscriptis",
)
STUCK_SECONDS = 60
"""Of one input, by the clock; then the engine ends the process and keeps the input."""
MOST_RESIDENT_MEGABYTES = 2_000


class Watcher:
    """Hands inputs to the reader, counts them, and keeps one input of each mistake."""

    def __init__(self, one: Any, folder: Path) -> None:
        self._one = one
        self._found = folder / "found"
        self._progress = folder / "progress.json"
        self._told_at = time.monotonic()
        self.executions = 0
        self.mistakes: dict[str, str] = {}

    def __call__(self, data: bytes) -> None:
        from tests.fuzz.harness import name_of, place_of

        self.executions += 1
        try:
            self._one(bytes(data))
        except (Exception, RecursionError) as error:
            place = place_of(error)
            if place not in self.mistakes:
                name = f"failed-{name_of(data)}"
                self.mistakes[place] = name
                (self._found / name).write_bytes(data)
                (self._found / f"{name}.txt").write_text(f"{place}\n\n{''.join(traceback.format_exception(error))}")
                print(f"FOUND {place}: {name}", flush=True)
        if time.monotonic() - self._told_at > 1:
            self.tell()

    def tell(self) -> None:
        self._told_at = time.monotonic()
        self._progress.write_text(
            json.dumps(
                {
                    "executions": self.executions,
                    "processor_seconds": time.process_time(),
                    "mistakes": self.mistakes,
                }
            )
        )


def main() -> None:
    name, seconds, folder, engine = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    harness = _imported(name, engine)
    _quiet()
    with harness.open() as one:
        from tests.fuzz.harness import watched

        watcher = Watcher(watched(one, harness.most_seconds), folder)
        if engine == "atheris":
            _guided(watcher, harness, seconds, folder)
        else:
            _blind(watcher, harness, seconds)
        watcher.tell()


def _imported(name: str, engine: str) -> Any:
    """All that reads is imported under atheris' eyes: what it does not see it cannot follow."""
    from tests.fuzz.registry import harness

    if engine != "atheris":
        return harness(name)
    import atheris

    with atheris.instrument_imports(include=list(INSTRUMENTED), enable_loader_override=False):
        return harness(name)


def _quiet() -> None:
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


def _guided(watcher: Watcher, harness: Any, seconds: float, folder: Path) -> None:
    """Does not return: the engine ends the process."""
    import atheris

    from tests.fuzz.harness import MOST_INPUT_BYTES

    words = folder / "words.txt"
    words.write_text("\n".join(f'"{_escaped(word)}"' for word in harness.words))
    options = [
        f"-max_total_time={int(seconds)}", f"-max_len={MOST_INPUT_BYTES}", f"-dict={words}",
        f"-timeout={STUCK_SECONDS}", f"-rss_limit_mb={MOST_RESIDENT_MEGABYTES}",
        f"-artifact_prefix={folder}/found/stopped-", "-print_final_stats=1", "-len_control=20", "-reload=0",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], watcher)
    atheris.Fuzz()


def _escaped(word: str) -> str:
    plain = (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\x{byte:02x}" for byte in word.encode())
    return "".join(plain)


def _blind(watcher: Watcher, harness: Any, seconds: float) -> None:
    known = [*harness.seeds(), *(path.read_bytes() for path in harness.kept())]
    end = time.monotonic() + seconds
    for data in mutations(known, harness.words, random.Random(time.time_ns())):
        watcher(data)
        if time.monotonic() > end:
            return


def mutations(known: list[bytes], words: tuple[str, ...], dice: random.Random) -> Iterator[bytes]:
    """Without end: what is known with a few places changed, words put in, pieces of others, or cut off."""
    tokens = [word.encode() for word in words] or [b"\0"]
    while True:
        data = bytearray(dice.choice(known))
        for _ in range(dice.choice((1, 1, 2, 4, 8))):
            at, length = dice.randrange(len(data) + 1), dice.choice((0, 1, 1, 4, 30))
            other = dice.choice(known)
            begin = dice.randrange(len(other) + 1)
            piece = (
                dice.randbytes(dice.randrange(1, 5)), dice.choice(tokens), other[begin : begin + 40], b"", b"\0",
                b"\xff", bytes(data[at : at + length]) * 3,
            )[dice.randrange(7)]  # fmt: skip
            data[at : at + length] = piece
        yield bytes(data)


if __name__ == "__main__":
    main()
