"""Draws where running processes spend their interpreter: samples of py-spy as one flame graph for all of them.

Each row lies on its caller, as wide as its share of all samples; the lowest row are the processes.
"""

from __future__ import annotations

import importlib.util
import re
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

_PER_SECOND = 100
_WIDTH, _ROW, _MARGIN, _LETTER = 1200, 17, 30, 6.4
_LEAST_SHARE = 0.002
_COLOURS = ("#f4a582", "#fdc38d", "#f7d794", "#e8a87c", "#f3b27a")
_LINE = re.compile(r":\d+\)$")


@contextmanager
def sampled(pids: Mapping[str, int], picture: Path, *, title: str) -> Iterator[bool]:
    """Samples the processes for as long as the block lasts, and draws. Gives whether there is something to sample with.

    Only threads that hold the interpreter are counted.
    """
    if importlib.util.find_spec("py_spy") is None and not _program().exists():
        yield False
        return
    with tempfile.TemporaryDirectory(prefix="tanggap-flame-") as name:
        files = {role: Path(name, f"{role}.txt") for role in pids}
        running = [_record(pid, files[role]) for role, pid in pids.items()]
        try:
            yield True
        finally:
            for one in running:
                one.send_signal(signal.SIGINT)
            for one in running:
                one.wait(60)
        stacks = Counter[tuple[str, ...]]()
        for role, file in files.items():
            stacks.update(_folded(role, file.read_text() if file.exists() else ""))
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(drawn(stacks, title), encoding="utf-8")


def _program() -> Path:
    return Path(sysconfig.get_path("scripts"), "py-spy")


def _record(pid: int, file: Path) -> subprocess.Popen[bytes]:
    command = [str(_program()), "record", "--gil", "--rate", str(_PER_SECOND), "--format", "raw", "--duration",
               "unlimited", "--output", str(file), "--pid", str(pid)]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr)


def _folded(role: str, text: str) -> Counter[tuple[str, ...]]:
    """Samples by stack, outermost first; lines of one function are one, and how a thread begins is left out."""
    found = Counter[tuple[str, ...]]()
    for line in text.splitlines():
        stack, _, number = line.rpartition(" ")
        frames = [_LINE.sub(")", frame) for frame in stack.split(";") if "(threading.py:" not in frame]
        found[(role, *frames)] += int(number)
    return found


@dataclass
class _Frame:
    samples: int = 0
    inner: dict[str, _Frame] = field(default_factory=dict)

    def depth(self, least: float) -> int:
        return 1 + max((one.depth(least) for one in self.inner.values() if one.samples >= least), default=0)


def drawn(stacks: Mapping[tuple[str, ...], int], title: str) -> str:
    """An SVG; what is narrower than a five-hundredth is left out."""
    everything = _Frame()
    for stack, number in stacks.items():
        frame = everything
        frame.samples += number
        for name in stack:
            frame = frame.inner.setdefault(name, _Frame())
            frame.samples += number
    least = max(1.0, everything.samples * _LEAST_SHARE)
    height = _MARGIN + everything.depth(least) * _ROW
    rows = list(_rows(everything, 0.0, height - _ROW, _WIDTH / max(1, everything.samples), least))
    said = f"{title}; {everything.samples} samples"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="monospace" '
        f'font-size="11" role="img" aria-label="{escape(said)}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="6" y="18" font-size="13">{escape(said)}</text>', *rows, "</svg>", "",
    ])  # fmt: skip


def _rows(frame: _Frame, x: float, y: float, unit: float, least: float) -> Iterator[str]:
    for name, inner in sorted(frame.inner.items()):
        if inner.samples < least:
            continue
        width = inner.samples * unit
        colour = _COLOURS[sum(name.encode()) % len(_COLOURS)]
        letters = int((width - 4) / _LETTER)
        shown = f'<text x="{x + 2:.1f}" y="{y + 12:.0f}">{escape(name[:letters])}</text>' if letters > 2 else ""
        share = f"{escape(name)}: {inner.samples * unit / _WIDTH:.1%}"
        yield (f'<g><title>{share}</title><rect x="{x:.1f}" y="{y:.0f}" width="{width:.1f}" height="{_ROW - 1}" '
               f'fill="{colour}"/>{shown}</g>')  # fmt: skip
        yield from _rows(inner, x, y - _ROW, unit, least)
        x += width
