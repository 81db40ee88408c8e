"""A picture of which complaints would go from where to where: bands between two columns. Pure.

Every number stands in the picture as text, and the same numbers in a table beside it: colour says nothing by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 720
_LEFT, _RIGHT, _BAR = 190, 530, 12
_GAP, _LEAST, _FULL = 10, 24, 300
_MOST_BANDS = 14
OTHERS = "others"


@dataclass(frozen=True)
class Node:
    """A destination on one side: `code` as the router says it; `x`, `y` and `height` of its bar."""

    code: str
    count: int
    x: int
    y: int
    height: int

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


@dataclass(frozen=True)
class Band:
    old: str
    new: str
    count: int
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Flow:
    left: Sequence[Node]
    right: Sequence[Node]
    bands: Sequence[Band]
    height: int


def draw_flow(matrix: Iterable[tuple[str, str, int]]) -> Flow | None:
    """From (old, new, count), the most frequent first; what is rare is drawn together. None when nothing moves."""
    rows = list(matrix)
    if len(rows) > _MOST_BANDS:
        rest = sum(count for _, _, count in rows[_MOST_BANDS - 1 :])
        rows = [*rows[: _MOST_BANDS - 1], (OTHERS, OTHERS, rest)]
    if not rows:
        return None
    most = sum(count for _, _, count in rows)
    left = _column(Counter[str](), [(old, count) for old, _, count in rows], most, _LEFT - _BAR)
    right = _column(Counter[str](), [(new, count) for _, new, count in rows], most, _RIGHT)
    height = max(node.y + node.height for node in (*left, *right)) + _GAP
    return Flow(left, right, _bands(rows, left, right), height)


def _column(counts: Counter[str], entries: Iterable[tuple[str, int]], most: int, x: int) -> list[Node]:
    for code, count in entries:
        counts[code] += count
    nodes, y = [], _GAP
    for code, count in sorted(counts.items(), key=lambda item: (item[0] == OTHERS, -item[1], item[0])):
        height = max(_LEAST, round(_FULL * count / most))
        nodes.append(Node(code, count, x, y, height))
        y += height + _GAP
    return nodes


def _bands(rows: Sequence[tuple[str, str, int]], left: Sequence[Node], right: Sequence[Node]) -> list[Band]:
    """Each side's bands in the order of the other side, so that as few as possible cross."""
    from_, to = {node.code: node for node in left}, {node.code: node for node in right}
    ends: dict[tuple[str, str], list[tuple[int, int]]] = {(old, new): [] for old, new, _ in rows}
    for nodes, side, other in ((from_, 0, to), (to, 1, from_)):
        for node in nodes.values():
            y = float(node.y)
            mine = [row for row in rows if (row[1] if side else row[0]) == node.code]
            for row in sorted(mine, key=lambda row: other[row[0] if side else row[1]].y):
                below = y + node.height * row[2] / node.count
                ends[row[0], row[1]].append((round(y), round(below)))
                y = below
    return [_band(row, *ends[row[0], row[1]]) for row in rows]


def _band(row: tuple[str, str, int], start: tuple[int, int], end: tuple[int, int]) -> Band:
    middle = (_LEFT + _RIGHT) // 2
    path = (
        f"M{_LEFT},{start[0]} C{middle},{start[0]} {middle},{end[0]} {_RIGHT},{end[0]} "
        f"L{_RIGHT},{end[1]} C{middle},{end[1]} {middle},{start[1]} {_LEFT},{start[1]} Z"
    )
    near = _LEFT + 14  # beside the left bar, where bands have not crossed yet
    return Band(*row, path, near, round((start[0] + start[1]) / 2))
