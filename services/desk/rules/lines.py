"""What became of a file, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

KEPT, GONE, NEW, SKIPPED = "kept", "gone", "new", "skipped"
_AROUND = 3
_MOST_LINES = 5000
MOST_SHOWN = 2000


@dataclass(frozen=True)
class Line:
    """`number` is that of the new file, or of the old one for a line that is gone; 0 for lines that are left out."""

    how: str
    number: int
    text: str


def compare_lines(before: str, after: str) -> list[Line]:
    """The changed lines with a few around them, at most `MOST_SHOWN`; empty when the same."""
    old, new = before.splitlines(), after.splitlines()
    if before == after:
        return []
    if max(len(old), len(new)) > _MOST_LINES:  # comparing such files takes too long; they are not written by people
        return [Line(SKIPPED, 0, "")]
    return list(_compared(old, new))[:MOST_SHOWN]


def _compared(old: list[str], new: list[str]) -> Iterator[Line]:
    for number, group in enumerate(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND)):
        if number:
            yield Line(SKIPPED, 0, "")
        for tag, start, end, low, high in group:
            if tag == "equal":
                yield from (Line(KEPT, place + 1, new[place]) for place in range(low, high))
                continue
            yield from (Line(GONE, place + 1, old[place]) for place in range(start, end))
            yield from (Line(NEW, place + 1, new[place]) for place in range(low, high))
