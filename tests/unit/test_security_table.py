"""docs/security.md names only what exists: each threat a test that tries it, each file, each gap in the list."""

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
FLOWS = 17
LETTERS = "STRIDE"
LETTER, THREAT, HELD, TESTS, GAPS = range(5)


@dataclass(frozen=True)
class Row:
    flow: str
    cells: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.flow}: {self.cells[THREAT]}" if len(self.cells) > THREAT else self.flow


def rows_of(page: str) -> Iterator[Row]:
    """The rows of the tables below each flow's heading."""
    flows, _, _ = page.partition("\n## Flows\n")[2].partition("\n## What is not held\n")
    for part in flows.split("\n### ")[1:]:
        flow, _, body = part.partition("\n")
        for line in body.splitlines():
            if line.startswith("| ") and not line.startswith("| | threat"):
                yield Row(flow, tuple(cell.strip() for cell in line.strip("|").split("|")))


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@functools.cache
def names_of_tests(path: Path) -> frozenset[str]:
    """Names of the test functions of a file, read and not run."""
    tree = ast.parse(path.read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_")


def problems(row: Row, known_gaps: frozenset[str]) -> list[str]:
    """What is wrong with a row, a sentence each."""
    if len(row.cells) != 5:
        return [f"{len(row.cells)} cells, not 5"]
    found = [] if row.cells[LETTER] in tuple(LETTERS) else [f"{row.cells[LETTER]} is no letter of {LETTERS}"]
    held = [name for name in named(row.cells[HELD]) if "/" in name or name.endswith((".yml", ".lock"))]
    found += [] if held else ["nothing holds it"]
    found += [f"{name} does not exist" for name in held if not (ROOT / name).exists()]
    tests = named(row.cells[TESTS])
    found += [] if tests else ["no test: then it is a gap, not a row"]
    for name in tests:
        file, _, test = name.partition("::")
        path = ROOT / file
        if not file.startswith("tests/") or not path.is_file() or test not in names_of_tests(path):
            found.append(f"{name} does not exist")
    return found + [f"{gap} is no gap" for gap in re.findall(r"\w+", row.cells[GAPS]) if gap not in known_gaps]


def gaps_of(page: str) -> list[str]:
    listed = page.partition("\n## What is not held\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| (G\d+) \| \S", listed, re.MULTILINE)


ROWS = list(rows_of(PAGE))
KNOWN = frozenset(gaps_of(PAGE))


def test_every_flow_is_there_and_has_rows() -> None:
    headings = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert len(headings) == len(set(headings)) == FLOWS
    assert {row.flow for row in ROWS} == set(headings)
    assert {row.cells[LETTER] for row in ROWS} == set(LETTERS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_a_row_names_exists(row: Row) -> None:
    assert problems(row, KNOWN) == []


def test_gaps_are_numbered_and_listed_once() -> None:
    assert gaps_of(PAGE) == [f"G{number}" for number in range(1, len(KNOWN) + 1)]


GOOD = ("S", "a threat", "`shared/sealing.py`", "`tests/unit/test_security_table.py::test_a_wrong_row_is_seen`", "G1")


@pytest.mark.parametrize(
    ("at", "cell", "told"),
    [
        (LETTER, "X", "X is no letter of STRIDE"),
        (HELD, "good will", "nothing holds it"),
        (HELD, "`shared/sealed.py`", "shared/sealed.py does not exist"),
        (TESTS, "", "no test: then it is a gap, not a row"),
        (TESTS, "`tests/unit/test_security_table.py::test_none`", "test_none does not exist"),
        (TESTS, "`tests/unit/none.py::test_a_wrong_row_is_seen`", "none.py::test_a_wrong_row_is_seen does not exist"),
        (TESTS, "`tests/unit/test_security_table.py`", "does not exist"),
        (GAPS, "G1, G99", "G99 is no gap"),
    ],
)
def test_a_wrong_row_is_seen(at: int, cell: str, told: str) -> None:
    assert problems(Row("flow", GOOD), KNOWN) == []
    (problem,) = problems(Row("flow", (*GOOD[:at], cell, *GOOD[at + 1 :])), KNOWN)
    assert told in problem
