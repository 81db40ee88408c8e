from __future__ import annotations

from collections.abc import Callable

import pytest

from services.router.lint import lint_rules
from shared.citypack import CityPack, RuleFile, load_pack
from tests.unit.router.conftest import CIMAHI


def lint(text: str, pack: CityPack, rule_file: Callable[[str], RuleFile]) -> list[str]:
    return [f"{problem.level} {problem}" for problem in lint_rules([rule_file(text)], pack)]


def test_the_pack_of_cimahi_is_clean(cimahi: CityPack) -> None:
    assert [str(problem) for problem in lint_rules(cimahi.rule_files, cimahi)] == []


def test_everything_is_told_at_once(small_pack: CityPack, rule_file: Callable[[str], RuleFile]) -> None:
    text = """
rules:
  - id: a
    agency: JALN
    about: x
    phrases:
      mekarwangi: 5
      ini lubang: 4
      ini ada: 4
      got: 4
      got mampet: 2
      gots: 1
    examples:
      match: [cuaca cerah, pju mati got]
      no_match: [got bersih]
  - id: b
    agency: LAMPU
    about: x
    phrases: {got: 4, pju: 9}
    also: [SEHATT]
"""
    told = lint(text, small_pack, rule_file)
    for part in (
        "error rules/test.yaml:3: rule `a`: There is no agency `JALN`. Did you mean `JALAN`?",
        "error rules/test.yaml:7: rule `a`: `mekarwangi` is never found: its words are read as a place.",
        "warning rules/test.yaml:8: rule `a`: `ini lubang` is read as `lubang` alone",
        "warning rules/test.yaml:9: rule `a`: `ini ada` holds no word that counts.",
        "warning rules/test.yaml:11: rule `a`: `got mampet` weighs 2, but `got` inside it weighs 4.",
        "error rules/test.yaml:14: rule `a`: The example `cuaca cerah` holds no phrase of this rule.",
        "error rules/test.yaml:14: rule `a`: The example `pju mati got` goes to LAMPU, not to JALN.",
        "error rules/test.yaml:15: rule `a`: The example `got bersih` should not match this rule but does.",
        "weighs 4 for JALN too (rule `a`), which ends in a tie.",
        "There is no agency `SEHATT`. Did you mean `SEHAT`?",
    ):
        assert any(part in line for line in told), (part, told)


def test_broken_files_are_told_and_the_rest_is_checked(
    small_pack: CityPack, rule_file: Callable[[str], RuleFile]
) -> None:
    good = RuleFile("rules/good.yaml", "rules: [{id: a, agency: NONE, about: x, phrases: {got: 3}}]")
    told = [str(problem) for problem in lint_rules([rule_file("rules: ["), good], small_pack)]
    assert any("not valid YAML" in line for line in told)
    assert any("There is no agency `NONE`" in line for line in told)


def test_a_shorter_weight_of_a_longer_phrase_is_no_mistake_where_every_phrase_counts(
    small_pack: CityPack, rule_file: Callable[[str], RuleFile]
) -> None:
    text = "settings: {overlap: OVERLAP}\nrules: [{id: a, agency: JALAN, about: x, phrases: {got: 4, got mampet: 2}}]"
    assert lint(text.replace("OVERLAP", "all"), small_pack, rule_file) == []
    assert len(lint(text.replace("OVERLAP", "longest"), small_pack, rule_file)) == 1


@pytest.mark.parametrize(
    ("more", "warnings"),
    [
        ("", 1),
        (", bias: 1", 0),
        (", priority: 1", 0),
        (", when: {all: [gelap]}", 0),
    ],
)
def test_a_phrase_of_two_agencies_is_told_where_it_can_only_end_in_a_tie(
    more: str, warnings: int, small_pack: CityPack, rule_file: Callable[[str], RuleFile]
) -> None:
    text = (
        "rules:\n  - {id: a, agency: JALAN, about: x, phrases: {got: 4}}\n"
        f"  - {{id: b, agency: LAMPU, about: x, phrases: {{got: 4}}{more}}}"
    )
    told = lint(text, small_pack, rule_file)
    assert len(told) == warnings
    assert all("which ends in a tie" in line for line in told)


def test_every_kind_of_mistake_is_told_in_one_reading(small_pack: CityPack) -> None:
    files = [
        RuleFile("rules/broken.yaml", "rules:\n  - id: [\n"),
        RuleFile("rules/a.yaml", "rules:\n  - {id: a, agency: JALAN, about: x, phrases: {pju: 4}}"),
        RuleFile(
            "rules/b.yaml",
            "rules:\n  - {id: a, agency: JALAN, about: x, phrases: {got: 4}}\n"
            "  - {id: b, agency: LAMP, about: x, phrases: {gelap: 4}}\n  - {id: c, agency: LAMPU, about: x}",
        ),
    ]
    told = [str(problem) for problem in lint_rules(files, small_pack)]
    for part in (
        "rules/broken.yaml:3: This is not valid YAML",
        "rules/b.yaml:2: rule `a`: The id is taken by rules/a.yaml:2.",
        "rules/b.yaml:3: rule `b`: There is no agency `LAMP`. Did you mean `LAMPU`?",
        "rules/b.yaml:4: rule `c`: The rule has no phrases.",
    ):
        assert any(part in line for line in told), (part, told)


def test_the_learned_pack_has_nothing_to_look_at_again() -> None:
    surabaya = load_pack(CIMAHI.with_name("surabaya"))
    assert [str(problem) for problem in lint_rules(surabaya.rule_files, surabaya)] == []


def test_a_pattern_that_cannot_be_run_keeps_no_example_from_being_tried(
    small_pack: CityPack, rule_file: Callable[[str], RuleFile]
) -> None:
    text = """
rules:
  - {id: a, agency: JALAN, about: x, phrases: {got: 4}, patterns: {"(": 3, "x*": 2}, examples: {match: [got mampet]}}
"""
    told = lint(text, small_pack, rule_file)
    assert len(told) == 2
    assert all("cannot be used" in line for line in told)
