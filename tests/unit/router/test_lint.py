from __future__ import annotations

from collections.abc import Callable

from services.router.lint import lint_rules
from shared.citypack import CityPack, RuleFile


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
