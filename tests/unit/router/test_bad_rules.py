"""Rules in any state: a clear error for the officer, or a working router."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from services.router.decide import decide
from services.router.lint import lint_rules
from services.router.places import Gazetteer
from services.router.rules import RulesError, compile_rules
from shared.citypack import CityPack, RuleFile

RULE = "{{id: {id}, agency: {agency}, about: x, phrases: {{{phrase}: 5}}}}"
_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def told(text: str) -> list[str]:
    with pytest.raises(RulesError) as caught:
        compile_rules([RuleFile("rules/a.yaml", text)])
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("rules: [", "This is not valid YAML"),
        ("rules: {a: b}", "rules"),
        ("- a\n- b", "The file should hold `name: value` lines."),
        ("rules: [{id: a, agency: X, about: x}]", "rule `a`: The rule has no phrases."),
        ("rules: [{id: a, agency: X, about: x, phrases: [jalan]}]", "`phrases` should be a list of `name: value`"),
        ("rules: [{id: a, agency: X, about: x, phrases: {jalan: 5}, priority: 99}]", "from -9 to 9"),
        ("rules: [{id: a, agency: X, about: x, phrases: {jalan: 5}, patterns: {'(': 1}}]", "missing )"),
        ("settings: {overlap: some}", "Write `longest` or `all`."),
        ("[" * 100_000, "rules/a.yaml"),
        ("rules:\n\t- x", "rules/a.yaml:2"),
        ("\x00", "rules/a.yaml"),
        ("x: " + "y" * 9_000_000, "The file is too large"),
        (_BOMB, "is not known here"),
        (_BOMB + "\nrules: [{id: a, agency: X, about: x, phrases: {y: 3}, when: {all: *i}}]", "should list texts"),
    ],
    ids=range(14),
)
def test_what_cannot_be_used_is_told(text: str, part: str) -> None:
    begun = time.perf_counter()
    assert any(part in line for line in told(text)), told(text)
    assert time.perf_counter() - begun < 5


def test_a_tag_that_calls_python_calls_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "called"
    assert told(f"rules: !!python/object/apply:os.system ['touch {mark}']")
    assert not mark.exists()


def test_an_alias_bomb_in_a_condition_is_cut_short() -> None:
    levels = ["when: &a {any: [x, x]}"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        levels.append(f"{name}: &{name} {{all: [{', '.join(['*' + before] * 9)}]}}")
    text = "\n".join(levels) + "\nrules: [{id: a, agency: X, about: x, phrases: {y: 3}, when: *i}]"
    assert any("too deep or too long" in line for line in told(text))


def test_doubled_ids_and_unknown_agencies_are_told_at_once(small_pack: CityPack) -> None:
    text = "rules:\n" + "\n".join(
        "  - " + RULE.format(id=id_, agency=agency, phrase=phrase)
        for id_, agency, phrase in (("a", "JALAN", "jalan"), ("a", "LAMPU", "pju"), ("b", "LAMPUU", "gelap"))
    )
    lines = [str(problem) for problem in lint_rules([RuleFile("rules/a.yaml", text)], small_pack)]
    assert any("rules/a.yaml:3: rule `a`: The id is taken by rules/a.yaml:2." in line for line in lines)
    assert any("rules/a.yaml:4: rule `b`: There is no agency `LAMPUU`. Did you mean `LAMPU`?" in line for line in lines)


def test_fifty_thousand_phrases_make_a_working_router(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    lines = ["rules:"]
    for number in range(500):
        lines += [f"  - id: r{number}", "    agency: JALAN", "    about: x", "    phrases:"]
        lines += [f"      kata{number}a{place} lubang{place}x: 5" for place in range(100)]
    rules = compile_rules([RuleFile("rules/a.yaml", "\n".join(lines))], small_pack.spellings)
    decision = decide("ada kata499a7 lubang7x di sini", rules, small_gazetteer)
    assert (decision.agency, decision.score) == ("JALAN", 5)
