"""What is said of packages' flaws: never that all is well when nobody was asked."""

import json
from typing import Any

import pytest

from tests.support.known_flaws import report

WELL = {"name": "flask", "version": "3.1.3", "vulns": []}
FLAWED = {"name": "jinja2", "version": "3.1.0", "vulns": [{"id": "PYSEC-2024-1", "fix_versions": ["3.1.3", "3.2"]}]}
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited: rich (15.0.0)"}


@pytest.mark.parametrize(
    ("packages", "code", "part"),
    [
        ([WELL], 0, "1 of 1 packages looked up, 0 known flaws."),
        ([WELL, FLAWED], 1, "jinja2 3.1.0: PYSEC-2024-1, mended in 3.1.3, 3.2"),
        ([WELL, UNKNOWN], 2, "Nothing is known about the other 1"),
        ([FLAWED, UNKNOWN], 1, "1 of 2 packages looked up"),
        ([], 2, "0 of 0 packages looked up"),
    ],
)
def test_the_code_says_whether_it_is_known(packages: list[dict[str, Any]], code: int, part: str) -> None:
    got, lines = report(json.dumps({"dependencies": packages, "fixes": []}))
    assert (got, part in "\n".join(lines)) == (code, True), lines


@pytest.mark.parametrize("said", ["", "<html>", "[]", "{}"])
def test_no_answer_is_said_plainly(said: str) -> None:
    code, (line,) = report(said, "WARNING: x\nERROR:pip_audit: Could not connect to PyPI\n")
    assert (code, "cannot be reached" in line, "Could not connect" in line) == (2, True, True)
