"""No number under five shows, and none follows: checked by an attacker who solves all equations."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.statistics.suppression import LEAST, Cell, Table, hidden_in, most

linprog = pytest.importorskip("scipy.optimize").linprog

TABLES = st.integers(1, 5).flatmap(
    lambda rows: st.integers(1, 4).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 12) | st.integers(0, 60), min_size=columns, max_size=columns),
            min_size=rows, max_size=rows,
        )
    )
).map(
    lambda numbers: Table(
        tuple(f"r{row}" for row in range(len(numbers))), tuple(f"c{column}" for column in range(len(numbers[0]))),
        {(f"r{row}", f"c{column}"): number for row, line in enumerate(numbers) for column, number in enumerate(line)},
    )
)  # fmt: skip


def equations(table: Table) -> list[dict[Cell, int]]:
    """Each total less what it is the sum of."""
    found: list[dict[Cell, int]] = []
    for row in (*table.rows, None):
        found.append({(row, None): -1, **{(row, column): 1 for column in table.columns}})
    for column in (*table.columns, None):
        found.append({(None, column): -1, **{(row, column): 1 for row in table.rows}})
    return found


def bound(table: Table, hidden: frozenset[Cell], cell: Cell) -> float:
    """The largest value of a hidden number that fits all that is shown, by linear programming."""
    unknown = sorted(hidden, key=str)
    left, right = [], []
    for equation in equations(table):
        left.append([equation.get(one, 0) for one in unknown])
        right.append(-sum(sign * table.numbers[one] for one, sign in equation.items() if one not in hidden))
    aim = [-1 if one == cell else 0 for one in unknown]
    solved = linprog(aim, A_eq=left, b_eq=right, bounds=(0, 10_000))
    assert solved.status == 0
    return float(-solved.fun)


def columns_of(table: Table) -> frozenset[Cell]:
    return frozenset((None, column) for column in (*table.columns, None))


@settings(max_examples=60, deadline=None)
@given(table=TABLES)
def test_no_attacker_learns_that_a_hidden_number_is_under_five(table: Table) -> None:
    if table.numbers[(None, None)] < LEAST:
        return
    fixed = columns_of(table) if all(table.numbers[one] >= LEAST for one in columns_of(table)) else frozenset()
    hidden = hidden_in(table, fixed)
    assert all(number >= LEAST for cell, number in table.numbers.items() if cell not in hidden)
    assert not hidden & fixed
    for cell in hidden:
        assert bound(table, hidden, cell) >= LEAST - 1e-6, (table.numbers, sorted(hidden, key=str), cell)


@settings(max_examples=60, deadline=None)
@given(table=TABLES, more=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3))))
def test_the_flow_knows_what_linear_programming_knows(table: Table, more: set[tuple[int, int]]) -> None:
    """Whatever is hidden, well or not."""
    hidden = frozenset(cell for cell, number in table.numbers.items() if number < LEAST)
    hidden |= {(f"r{row}", f"c{column}") for row, column in more} & set(table.numbers)
    for cell in hidden:
        assert most(table, hidden, cell) == min(LEAST, round(bound(table, hidden, cell)))


def test_what_gives_a_small_number_away_is_hidden_with_it() -> None:
    table = Table(("a", "b", "c"), ("x",), {("a", "x"): 3, ("b", "x"): 20, ("c", "x"): 9})
    hidden = hidden_in(table, columns_of(table))
    assert {("a", "x"), ("a", None), ("c", "x"), ("c", None)} == hidden
    assert most(table, frozenset({("a", "x"), ("a", None)}), ("a", "x")) == 3


def test_what_is_large_is_all_shown() -> None:
    table = Table(("a", "b"), ("x", "y"), {(row, column): 5 for row in "ab" for column in "xy"})
    assert hidden_in(table) == frozenset()
    assert len(table.numbers) == 9
