"""Figures of an evaluation counted by hand, the page that shows them, and the commands that make them from a file."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.router.decision import EMERGENCY, ROUTED, TRIAGE, Decision, Reason
from services.router.evaluation import Judged, evaluate, rank_agencies
from services.router.evaluation_page import draw_page

CIMAHI = Path(__file__).parents[3] / "deploy/cities/cimahi"
SURABAYA = CIMAHI.parent / "surabaya"


def judged(number: int, label: str, best: str, outcome: str = ROUTED, margin: int = 1, phrase: str = "pju") -> Judged:
    agency = None if outcome == TRIAGE else best
    reason = "matched" if agency else "tie"
    decision = Decision(outcome, reason, "v1", agency, margin=margin, reasons=(Reason("lampu", phrase, 0, 3, 5),))
    return Judged(str(number), label, decision, (best, "DLH", "DPUPR"))


SOME = [
    judged(1, "DISHUB", "DISHUB", margin=9),
    judged(2, "DISHUB", "DISHUB", EMERGENCY, margin=8),
    judged(3, "DLH", "DISHUB", margin=3, phrase="lampu"),
    judged(4, "DPUPR", "DISHUB", TRIAGE, margin=0),
    judged(5, "DISHUB", "DISHUB", TRIAGE, margin=0),
]


def test_the_figures_are_those_counted_by_hand() -> None:
    found = evaluate(SOME)
    assert (found.n, found.answered, found.coverage) == (5, 3, 0.6)
    assert (found.precision, found.accuracy_forced, found.top3_forced) == (0.6667, 0.6, 1.0)
    assert found.per_agency["DISHUB"].as_dict() == {
        "n": 3, "answered": 3, "precision": 0.6667, "recall": 0.6667, "f1": 0.75,
    }  # fmt: skip
    assert found.confusion == (("DISHUB", "DISHUB", 3), ("DLH", "DISHUB", 1), ("DPUPR", "DISHUB", 1))
    assert found.triage == {"tie": 2}


def test_the_surest_come_first_in_the_curve() -> None:
    found = evaluate(SOME)
    assert found.precision_at(0.4) == 1.0
    assert found.precision_at(0.6) == 0.6667
    assert found.precision_at(1.0) == found.accuracy_forced


def test_phrases_of_wrong_answers_are_named_with_examples() -> None:
    found = evaluate(SOME)
    assert [culprit.as_dict() for culprit in found.phrases] == [
        {"rule": "lampu", "phrase": "lampu", "right": 0, "wrong": 1, "examples": ["3"]}
    ]
    assert [(culprit.rule, culprit.right, culprit.wrong) for culprit in found.rules] == [("lampu", 2, 1)]


def test_nothing_judged_is_no_division_by_zero() -> None:
    found = evaluate([])
    assert (found.coverage, found.precision, found.accuracy_forced) == (None, None, None)
    assert "<svg" not in draw_page(found, {}, title="x", ruleset="v1")


def test_the_agency_decided_for_comes_before_all_scores() -> None:
    decision = Decision(EMERGENCY, "matched", "v1", "BPBD")
    assert rank_agencies(decision, {"DLH": 9, "DPUPR": 9, "BPBD": 4}) == ("BPBD", "DLH", "DPUPR")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_needs_nothing_beside_it_and_escapes_what_it_shows() -> None:
    page = draw_page(evaluate(SOME), {"DISHUB": "Dinas <b>Perhubungan</b>"}, title="Kota & Kita", ruleset="v1")
    links = _Links()
    links.feed(page)
    assert links.outside == []
    assert {"svg", "polyline", "table"} <= set(links.tags)
    assert "b" not in links.tags
    assert "Kota &amp; Kita" in page


def table(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def run(command: str, file: Path, *options: str, pack: Path = CIMAHI) -> Result:
    arguments = ["--pack", str(pack), "rules", command, str(file), "--text", "isi", "--label", "dinas", *options]
    return CliRunner().invoke(main, arguments)


def test_the_curve_is_ordered_by_what_the_text_needed_for_its_length() -> None:
    long, short = judged(1, "DLH", "DISHUB", margin=8), judged(2, "DISHUB", "DISHUB", margin=5)
    assert evaluate([long, short]).precision_at(0.5) == 0.0
    needy = replace(long, decision=long.decision._replace(stretch=2.0))
    assert evaluate([needy, short]).precision_at(0.5) == 1.0


@pytest.fixture
def complaints(tmp_path: Path) -> Path:
    rows = [
        ("id", "isi", "dinas"),
        ("a1", "PJU mati di depan rumah kami", "DISHUB"),
        ("a2", "sampah numpuk belum diangkut", "Dinas Lingkungan Hidup"),
        ("a3", "jalan berlubang", "dlh"),
    ]
    return table(tmp_path / "laporan.csv", rows)


def test_evaluate_prints_json_with_the_promised_keys(complaints: Path) -> None:
    result = run("evaluate", complaints, "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    promised = {"n", "answered", "coverage", "precision", "accuracy_forced", "top3_forced", "per_agency", "ruleset"}
    assert promised | {"seconds"} <= set(figures)
    assert (figures["n"], figures["accuracy_forced"]) == (3, 0.6667)
    assert figures["per_agency"]["DLH"]["n"] == 2


def test_evaluate_writes_the_page(complaints: Path, tmp_path: Path) -> None:
    result = run("evaluate", complaints, "--html", str(tmp_path / "out.html"))
    assert result.exit_code == 0, result.output
    assert "right among these" in result.output
    page = (tmp_path / "out.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "depan rumah kami" not in page


def test_an_unknown_label_counts_as_wrong_and_is_named(tmp_path: Path) -> None:
    file = table(tmp_path / "x.csv", [("isi", "dinas"), ("PJU mati", "DISHUB"), ("PJU mati", "Dinas Bulan")])
    result = run("evaluate", file, "--json")
    assert "`Dinas Bulan` (1)" in result.stderr
    assert json.loads(result.stdout)["accuracy_forced"] == 0.5


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"isi,instansi\nPJU mati,DISHUB\n", "has no column `dinas`"),
        (b"isi,dinas\n", "holds no complaint"),
        (b"isi,dinas\nPJU \xff\xfe mati,DISHUB\n", "is not UTF-8"),
        (b"isi,dinas\nPJU mati,Dinas Bulan\n", "Is it the right pack?"),
    ],
)
@pytest.mark.parametrize("command", ["evaluate", "suggest"])
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(
    command: str, content: bytes, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    result = run(command, file)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_suggest_writes_rules_that_the_router_reads_and_never_over_others(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    said = [("lampu jalan padam", "DISHUB"), ("sampah menumpuk bau", "DLH"), ("jalan berlubang rusak", "DSDABM")]
    file = table(tmp_path / "x.csv", [("isi", "dinas"), *(said[number % 3] for number in range(60))])
    result = run("suggest", file, "--out", str(tmp_path / "out"), "--phrases", "9", pack=SURABAYA)
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "out/rules").iterdir()} == {
        "general.yaml", "dishub.yaml", "dlh.yaml", "dsdabm.yaml",
    }  # fmt: skip
    assert "line 2" in (tmp_path / "out/support.csv").read_text()
    again = run("suggest", file, "--out", str(tmp_path / "out"), "--phrases", "9", pack=SURABAYA)
    assert again.exit_code == 2
    assert "exists already" in again.stderr
