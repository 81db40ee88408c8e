"""How figures are printed: with machine and date, how many there were, the median and how far they spread."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.support.processes import Process


def machine() -> str:
    """What every bench prints first."""
    load = os.getloadavg()[0]
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load {load:.1f} at the start"
    )


def middle(values: Sequence[float], unit: str, *, digits: int = 0) -> str:
    """`412 /s (n = 5, 398 to 431)`."""
    low, high, median = min(values), max(values), statistics.median(values)
    return f"{median:.{digits}f} {unit} (n = {len(values)}, {low:.{digits}f} to {high:.{digits}f})"


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def paired_ratio(ours: Sequence[float], bare: Sequence[float], *, least: float | None = None) -> str:
    """The median of the ratios of neighbouring rounds, so that a slow minute of the machine hits both alike."""
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    median = statistics.median(ratios)
    aim = "" if least is None else f", wanted {least:.2f} or more"
    missed = " (missed)" if least is not None and median < least else ""
    return f"{median:.2f} (n = {len(ratios)}, {min(ratios):.2f} to {max(ratios):.2f}{aim}){missed}"


def times(value: float, bare: float, *, most: float) -> str:
    """How many times as long as the bare thing: `2.4 times, wanted 3 or less`."""
    ratio = value / bare
    return f"{ratio:.1f} times, wanted {most:.0f} or less{' (missed)' if ratio > most else ''}"


def middle_rate(moments: Sequence[float], *, cut: float = 0.1) -> float:
    """Events a second between the first and the last tenth, of moments in seconds: start and end are not counted."""
    ordered = sorted(moments)
    first, last = int(cut * len(ordered)), int((1 - cut) * len(ordered)) - 1
    return (last - first) / (ordered[last] - ordered[first])


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, in user and in kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family_cpu_seconds(process: Process) -> float:
    """Of a program with all that it started, also of what has ended and was waited for."""
    pids = [row.pid for row in process.family()]
    ended = 0.0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ended += sum(int(fields[place]) for place in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")
    return ended


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
