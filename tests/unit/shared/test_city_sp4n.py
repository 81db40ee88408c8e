"""How a city's agencies and rules are called in the national system, and what is said of a file that is wrong."""

from pathlib import Path

import pytest
import yaml

from shared.city_sp4n import CLASSIFICATIONS, Sp4nMapping, read_sp4n
from shared.citypack import load_pack
from shared.marked_yaml import Problem, read_section

CIMAHI = Path(__file__).parents[3] / "deploy" / "cities" / "cimahi"
GOOD = """
other: TOPIK LAINNYA
supervised: [INSPEKTORAT]
agencies:
  DISHUB: PERHUBUNGAN
rules:
  parkir: PERHUBUNGAN > PARKIR LIAR
topics:
  PERHUBUNGAN: [PARKIR LIAR]
  TOPIK LAINNYA: []
"""


def read(text: str) -> tuple[Sp4nMapping, list[Problem]]:
    problems: list[Problem] = []
    return read_sp4n(read_section("sp4n.yaml", text, problems), {"DISHUB", "INSPEKTORAT"}), problems


def test_the_strongest_rule_then_the_agency_then_the_rest() -> None:
    mapping, problems = read(GOOD)
    assert problems == []
    assert mapping.topic("DISHUB", ["lampu", "parkir"]) == "PERHUBUNGAN > PARKIR LIAR"
    assert mapping.topic("DISHUB", ["lampu"]) == mapping.topic("DISHUB") == "PERHUBUNGAN"
    assert mapping.topic("DLH") == mapping.topic(None) == "TOPIK LAINNYA"


def test_only_complaints_to_who_supervises_need_inspection() -> None:
    mapping, _ = read(GOOD)
    assert mapping.classification("pengaduan", "INSPEKTORAT") == "Pengaduan Berkadar Pengawasan"
    assert mapping.classification("pengaduan", "DISHUB") == "Pengaduan Tidak Berkadar Pengawasan"
    assert mapping.classification("aspirasi", "INSPEKTORAT") == "Aspirasi"
    assert mapping.classification("permintaan_informasi", None) == "Permintaan Informasi"


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("DISHUB: PERHUBUNGAN", "DISHUBB: PERHUBUNGAN", 4, "no agency `DISHUBB`"),
        ("> PARKIR LIAR", "> PARKIR LIER", 7, "has no `PERHUBUNGAN > PARKIR LIER`"),
        ("other: TOPIK LAINNYA", "other: LAIN", 2, "has no `LAIN`"),
        ("other:", "classifications: {gosip: Aspirasi}\nother:", 2, "no kind `gosip`"),
        ("other:", "classifications: {aspirasi: Usulan}\nother:", 2, "no classification `Usulan`"),
        ("rules:", "rulez: {}\nrules:", 6, "`rulez` is not known"),
    ],
)
def test_mistakes_are_told_with_their_line(old: str, new: str, line: int, what: str) -> None:
    _, problems = read(GOOD.replace(old, new, 1))
    assert [(problem.line, what in problem.what) for problem in problems] == [(line, True)], problems


def test_a_city_without_the_file_has_usual_words() -> None:
    mapping = Sp4nMapping()
    assert (mapping.topic("DLH"), mapping.classification("aspirasi", "DLH")) == ("TOPIK LAINNYA", "Aspirasi")


def test_the_pack_of_cimahi_names_only_rules_that_it_has() -> None:
    pack = load_pack(CIMAHI)
    rules = {rule["id"] for file in pack.rule_files for rule in yaml.safe_load(file.text).get("rules", ())}
    assert set(pack.sp4n.rules) <= rules
    assert set(pack.sp4n.classifications.values()) <= set(CLASSIFICATIONS)
    internal = {agency.code for agency in pack.agencies if agency.kind == "internal"}
    assert internal - set(pack.sp4n.agencies) <= {"SETDA", "SETWAN", "BAPPERIDA"}
