"""Which numbers of a table the public may see, so that no number under five shows nor follows from the others. Pure.

A table has rows, columns, and the totals of both. Hidden numbers all look alike. An attacker knows that the shown ones
are true, that totals are sums and that nothing is less than 0; for every hidden number under five there must be a table
that fits all this in which it is five or more. The numbers form a network (each is in one sum of a row and in one of a
column), so that a maximal flow tells exactly how large a hidden one may be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

LEAST = 5
"""The smallest number that may be shown."""

Row = str | None
Cell = tuple[Row, Row]
"""Row and column; None stands for the total of all."""
Node = tuple[str, Row]


@dataclass(frozen=True)
class Table:
    """What is not in `inner` is 0. Of a table without columns a number's column is the only one: give it a name."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    inner: Mapping[tuple[str, str], int]

    @cached_property
    def numbers(self) -> dict[Cell, int]:
        """Every number of it, totals too."""
        found: dict[Cell, int] = {}
        for row in self.rows:
            for column in self.columns:
                number = self.inner.get((row, column), 0)
                found[(row, column)] = number
                for total in ((row, None), (None, column), (None, None)):
                    found[total] = found.get(total, 0) + number
        return found


def hidden_in(table: Table, fixed: Collection[Cell] = ()) -> frozenset[Cell]:
    """The numbers to be hidden. Those of `fixed` are shown in any case: each must be five or more, or 0 of nothing.

    It hides what is small, then what gives that away, the smallest first, and always ends: with all but the totals of
    the columns hidden a column gives nothing away that is less than its total.
    """
    hidden = {cell for cell, number in table.numbers.items() if number < LEAST and cell not in fixed}
    small = sorted(hidden, key=_place)
    while True:
        given_away = next((cell for cell in small if most(table, hidden, cell) < LEAST), None)
        if given_away is None:
            return frozenset(hidden)
        found = _next_to_hide(table, hidden, fixed, given_away)
        if found is None:
            return frozenset(hidden | (set(table.numbers) - set(fixed)))
        hidden.add(found)


def most(table: Table, hidden: Collection[Cell], cell: Cell) -> int:
    """How large a hidden number may be for all an attacker knows; `LEAST` stands for that and more."""
    number = table.numbers[cell]
    flow = _Flow(table, hidden, cell)
    begin, end = ends(cell)
    while number < LEAST:
        more = flow.push(end, begin, LEAST - number)
        if not more:
            break
        number += more
    return min(number, LEAST)


def ends(cell: Cell) -> tuple[Node, Node]:
    """The two sums in which a number is, as the ends of an arc: it leaves one and enters the other."""
    row, column = cell
    if row is None:
        return (("rows", None), ("columns", None)) if column is None else (("columns", None), ("column", column))
    return (("row", row), ("rows", None)) if column is None else (("column", column), ("row", row))


class _Flow:
    """Hidden numbers as arcs: each may grow without end and shrink to 0. `without` is the one that is asked about."""

    def __init__(self, table: Table, hidden: Collection[Cell], without: Cell) -> None:
        self._room: dict[tuple[Node, Node, Cell], int] = {}
        self._ways: dict[Node, list[tuple[Node, Cell]]] = {}
        for cell in sorted(hidden, key=_place):
            if cell != without:
                begin, end = ends(cell)
                self._add(begin, end, cell, 2**31)
                self._add(end, begin, cell, table.numbers[cell])

    def push(self, begin: Node, end: Node, wanted: int) -> int:
        """Sends up to so much along one shortest way; 0 when there is none left."""
        came: dict[Node, tuple[Node, Cell]] = {}
        waiting = deque([begin])
        while waiting and end not in came:
            here = waiting.popleft()
            for there, cell in self._ways.get(here, ()):
                if there != begin and there not in came and self._room[(here, there, cell)] > 0:
                    came[there] = (here, cell)
                    waiting.append(there)
        if end not in came:
            return 0
        steps = list(_back(came, begin, end))
        amount = min(wanted, *(self._room[step] for step in steps))
        for here, there, cell in steps:
            self._room[(here, there, cell)] -= amount
            self._room[(there, here, cell)] += amount
        return amount

    def _add(self, begin: Node, end: Node, cell: Cell, room: int) -> None:
        self._room[(begin, end, cell)] = room
        self._ways.setdefault(begin, []).append((end, cell))


def _back(came: Mapping[Node, tuple[Node, Cell]], begin: Node, end: Node) -> Iterator[tuple[Node, Node, Cell]]:
    while end != begin:
        before, cell = came[end]
        yield before, end, cell
        end = before


def _next_to_hide(
    table: Table, hidden: Collection[Cell], fixed: Collection[Cell], given_away: Cell
) -> Cell | None:  # fmt: skip
    """The smallest number that still shows: rather of a row that hides something, or of the same column.

    None: there is no other.
    """
    shown = [cell for cell in table.numbers if cell not in hidden and cell not in fixed]
    rows = {cell[0] for cell in hidden}

    def order(cell: Cell) -> tuple[bool, bool, int, tuple[bool, str, bool, str]]:
        return cell[0] not in rows, cell[1] != given_away[1], table.numbers[cell], _place(cell)

    return min(shown, key=order, default=None)


def _place(cell: Cell) -> tuple[bool, str, bool, str]:
    return cell[0] is None, cell[0] or "", cell[1] is None, cell[1] or ""
