"""`tanggap rules diff` between folders: no database is needed, and what a person said stands first."""

from pathlib import Path

import pytest

from tests.unit.operations.shell import Shell
from tests.unit.router.conftest import SMALL_CITY, write_city

CSV = """id,isi,dinas
1,"pju mati, telepon 081234567890",LAMPU
2,gelap sekali,JALAN
3,jalan rusak,JALAN
4,pingsan di jalan,
5,,JALAN
6,pju mati lagi,Dinas Hijau
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell({"TANGGAP_PACK": str(write_city(tmp_path / "city")), "TANGGAP_DATA": str(tmp_path / "none")})


@pytest.fixture
def draft(tmp_path: Path) -> str:
    """Lamps are the roads' affair: dark places rightly, broken lamps wrongly."""
    rules = SMALL_CITY["rules/a.yaml"].replace("agency: LAMPU", "agency: JALAN").replace("also: [JALAN]", "")
    return str(write_city(tmp_path / "draft", rules__a=rules))


@pytest.fixture
def table(tmp_path: Path) -> str:
    (tmp_path / "keluhan.csv").write_text(CSV, encoding="utf-8")
    return str(tmp_path / "keluhan.csv")


def test_equal_rules_end_with_zero(shell: Shell, tmp_path: Path) -> None:
    commented = write_city(tmp_path / "same", rules__b="# looked through\n" + SMALL_CITY["rules/b.yaml"])
    said = shell.run("rules", "diff", "pack", str(commented))
    assert (said.code, "no rule is different" in said.out) == (0, True)


def test_the_rules_alone_are_compared_without_complaints(shell: Shell, draft: str) -> None:
    said = shell.run("rules", "diff", "pack", draft, "--json")
    assert said.code == 1
    document = said.json()
    assert set(document) == {"old", "new", "changes", "on"}
    assert document["on"] is None
    assert [tuple(one.values()) for one in document["changes"]] == [
        ("lampu", "also JALAN", "yes", None),
        ("lampu", "rule", "LAMPU: Lampu mati.", "JALAN: Lampu mati."),
    ]


def test_complaints_of_a_file_with_what_people_said(shell: Shell, draft: str, table: str) -> None:
    options = ("--on", table, "--text", "isi", "--label", "dinas")
    found = shell.run("rules", "diff", "pack", draft, *options, "--json").json()["on"]
    assert (found["compared"], found["labelled"], found["moved"]) == (5, 4, 3)
    assert (found["old_right"], found["new_right"]) == (2, 2)
    assert [(one["id"], one["label"], one["verdict"]) for one in found["complaints"]] == [
        ("1", "LAMPU", "contradicts"), ("6", "Dinas Hijau", "neither"), ("2", "JALAN", "agrees"),
    ]  # fmt: skip
    assert found["matrix"] == [{"old": "LAMPU", "new": "JALAN", "count": 3}]
    shown = shell.run("rules", "diff", "pack", draft, *options)
    assert shown.code == 1
    assert shown.out.index("contradicts a person") < shown.out.index("now as a person said")
    assert "1 would leave the agency that a person chose" in shown.out
    assert "081234567890" not in shown.out
    assert "[telepon]" in shown.out


def test_labels_are_not_needed(shell: Shell, draft: str, table: str) -> None:
    found = shell.run("rules", "diff", "pack", draft, "--on", table, "--text", "isi", "--json").json()["on"]
    assert (found["compared"], found["labelled"], found["moved"]) == (5, 0, 3)
    assert {one["verdict"] for one in found["complaints"]} == {None}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--on", "{table}"), "--on needs --text"),
        (("--on", "{table}", "--text", "isy"), "has no column `isy`. Did you mean `isi`?"),
        (("--on", "{table}.gone", "--text", "isi"), "cannot be read"),
        (("--recent", "0"), "0"),
        (("--recent", "many"), "many"),
        (("--recent", "3"), "name the folder of a running"),
    ],
)
def test_what_cannot_be_done_is_said(
    given: tuple[str, ...], told: str, shell: Shell, draft: str, table: str
) -> None:  # fmt: skip
    said = shell.run("rules", "diff", "pack", draft, *(one.format(table=table) for one in given))
    assert said.code == 2
    assert told in said.err


def test_a_broken_folder_is_told_with_file_and_line(shell: Shell, tmp_path: Path) -> None:
    broken = write_city(tmp_path / "broken", rules__b="rules:\n  - {id: x, agency: JALAN, about: x}\n")
    said = shell.run("rules", "diff", "pack", str(broken))
    assert said.code == 2
    assert "rules/b.yaml:2: rule `x`: The rule has no phrases." in said.err


def test_explain_tries_a_folder_under_assumed_circumstances(shell: Shell, tmp_path: Path) -> None:
    rule = 'rules:\n  - {id: c, agency: JALAN, about: x, phrases: {ronda: 9}, when: {hours: "22:00-05:00"}}\n'
    folder = str(write_city(tmp_path / "night", rules__c=rule))
    for hour, agency in (("23:15", "JALAN"), ("12:00", None)):
        said = shell.run("rules", "explain", "ronda", "--ruleset", folder, "--hour", hour, "--json")
        assert said.json()["agency"] == agency
    assert shell.run("rules", "explain", "ronda", "--json").json()["agency"] is None
    wrong = shell.run("rules", "explain", "ronda", "--hour", "noon")
    assert (wrong.code, "22:15" in wrong.err) == (2, True)
