"""The router's sentences in Indonesian, the picture of what moves, and files line by line. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from services.desk.rules.flow import OTHERS, WIDTH, draw_flow
from services.desk.rules.lines import GONE, KEPT, NEW, compare_lines
from services.desk.rules.problems import say_problem, unknown
from services.router.rule_files import lint_files
from shared.citypack import CityPack
from shared.sentences import Sentence
from tests.unit.desk.world import PACK

ROUTER = Path(__file__).parents[3] / "services" / "router"
WRONG = """
settings: {overlap: some, opening_words: -1, margin: 0, foo: 1}
rules:
  - id: a
    agency: DISHB
    about: x
    phrases: {ini: 4, "lampu*": 4, "* a": 3, pju mati: 2, pju: 6, banyak: ribu, "ini pju": 3, baros: 4, "di * ini": 4}
    priority: 99
    patterns: {"(": 3, "a*": 2}
    not: [{a: b}]
    when: {near: {words: [satu], within: 900}, hours: "9", pattern: "("}
    examples: {match: [cuaca cerah, pju mati got], no_match: [pju]}
    urgent: maybe
    wen: x
  - {id: a, agency: DISHUB, about: y, phrases: {pju: 6}}
  - {id: b, agency: DISHUB}
  - {id: c, agency: DISHUB, about: y, phrases: [x]}
  - {id: d, agency: DISHUB, about: y, phrases: {x: 5}, when: {}}
  - text
  - {id: e, agency: DPUPR, about: y, phrases: {jangkar kapal: 5}}
  - {id: f, agency: DISHUB, about: y, phrases: {jangkar kapal: 5}, id: g}
"""
SPELLINGS = "protected: [pju]\nwords: {pju: lampu, a b: c}\nnegations: [{words: [x], reach: 99}]\n"


def _said(pack: CityPack) -> list[str]:
    wrong = ("rules: [", "- a", "x: " + "y" * 9_000_000)
    sets = [
        {"rules/a.yaml": WRONG, "spellings.yaml": SPELLINGS},
        {"../x": ""},
        *({"rules/a.yaml": one} for one in wrong),
    ]
    problems = [problem for files in sets for problem in lint_files(files, pack)]
    return [said for problem in problems for said in (problem.what, problem.instead)]


def test_every_sentence_of_lint_has_a_translation() -> None:
    told = _said(PACK)
    assert len(set(told)) > 50, "the files above are meant to be wrong in every way"
    assert unknown(told) == []


def test_a_translation_keeps_what_the_sentence_is_about() -> None:
    said = say_problem("`pju mati` weighs 2, but `pju` inside it weighs 6.")
    assert said == "Bobot `pju mati` 2, padahal `pju` di dalamnya berbobot 6."
    assert isinstance(said, Sentence)
    assert say_problem("Something new.") == "Something new."
    assert say_problem("Write `longest` or `all`.") == "Tulis `longest` atau `all`."
    assert say_problem("`a`b` holds no word that counts.") == "`a`b` tidak memuat kata yang bermakna."
    assert say_problem("There is no agency `100% %(x)s`.") == "Tidak ada instansi `100% %(x)s`."


def test_every_sentence_in_the_routers_source_is_known() -> None:
    """Those that stand there as plain texts, whether the files above bring them forth or not."""
    told = []
    for name in ("rule_reading.py", "lint.py", "condition_reading.py", "rule_files.py", "phrases.py"):
        source = (ROUTER / name).read_text()
        told += re.findall(r'(?<![f"])"([A-Z`][^"{}\n]{10,}[.])"', source)
    assert len(told) > 20
    assert unknown(told) == []


MATRIX = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), st.integers(1, 500)), max_size=30)


@given(rows=MATRIX)
@budget(max_examples=60, deadline=None)
def test_the_picture_holds_every_complaint_and_nothing_leaves_it(rows: list[tuple[str, str, int]]) -> None:
    matrix = sorted({(old, new): count for old, new, count in rows}.items(), key=lambda item: -item[1])
    flow = draw_flow([(*pair, count) for pair, count in matrix])
    if not matrix:
        assert flow is None
        return
    assert flow is not None
    total = sum(count for _, count in matrix)
    assert sum(band.count for band in flow.bands) == total
    for side in (flow.left, flow.right):
        assert sum(node.count for node in side) == total
        assert all(above.y + above.height < below.y for above, below in pairwise(side))
        assert side[-1].y + side[-1].height < flow.height
        assert all(0 < node.x < WIDTH for node in side)
    if len(matrix) > 14:
        assert flow.left[-1].code == OTHERS


LINES = st.lists(st.sampled_from("abc"), max_size=12).map("\n".join)


@given(before=LINES, after=LINES)
@budget(max_examples=60, deadline=None)
def test_line_by_line_nothing_is_hidden(before: str, after: str) -> None:
    found = compare_lines(before, after)
    old, new = before.splitlines(), after.splitlines()
    assert all((old if line.how == GONE else new)[line.number - 1] == line.text for line in found if line.number)
    added, gone = (sum(line.how == how for line in found) for how in (NEW, GONE))
    assert len(new) - len(old) == added - gone
    assert before != after or not found
    assert {line.how for line in found} <= {KEPT, GONE, NEW, "skipped"}
