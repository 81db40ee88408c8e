from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from services.router.rules import RulesError, RuleSet, compile_rules
from shared.citypack import CityPack, RuleFile

RULE = "rules:\n  - id: a\n    agency: JALAN\n    about: Jalan.\n    phrases: {jalan rusak: 5}\n"


def test_id_does_not_depend_on_order_comments_or_examples(rule_file: Callable[[str], RuleFile]) -> None:
    other = RuleFile("rules/z.yaml", RULE.replace("id: a", "id: b"))
    plain = compile_rules([rule_file(RULE), other])
    turned = compile_rules([RuleFile("rules/a.yaml", other.text), RuleFile("rules/b.yaml", "# hai\n" + RULE)])
    told = compile_rules([rule_file(RULE + "    examples: {match: [jalan rusak]}\n"), other])
    assert plain.id == turned.id == told.id
    assert len(plain.id) == 12


@pytest.mark.parametrize(
    ("old", "new"), [("5", "6"), ("jalan rusak", "jalan hancur"), ("JALAN", "LAMPU"), ("Jalan.", "Jln.")]
)
def test_id_depends_on_what_rules_say(old: str, new: str, rule_file: Callable[[str], RuleFile]) -> None:
    assert compile_rules([rule_file(RULE)]).id != compile_rules([rule_file(RULE.replace(old, new))]).id


def test_id_depends_on_spellings(small_pack: CityPack, small_rules: RuleSet) -> None:
    assert compile_rules(small_pack.rule_files).id != small_rules.id


def test_shuffled_cimahi_has_the_same_id(cimahi: CityPack, cimahi_rules: RuleSet) -> None:
    files = list(cimahi.rule_files)
    random.Random(7).shuffle(files)
    renamed = [RuleFile(f"rules/{number}.yaml", file.text) for number, file in enumerate(files)]
    assert compile_rules(renamed, cimahi.spellings).id == cimahi_rules.id


def test_all_errors_come_at_once(rule_file: Callable[[str], RuleFile]) -> None:
    text = (
        "ruls: []\nrules:\n  - id: a\n    agency: X\n    about: y\n    phrases: {a: x, b: 0, c: true, 'd*': 3}\n"
        "  - id: a\n    agency: X\n    about: y\n    phrases: {lubang: 1}\n    wieght: 3\n  - id: c\n"
    )
    with pytest.raises(RulesError) as caught:
        compile_rules([rule_file(text)])
    told = [str(problem) for problem in caught.value.problems]
    for part in (
        "test.yaml:1: `ruls` is not known here. Did you mean `rules`?",
        "rule `a`: The weight of `a` should be a whole number, not `x`.",
        "not `0`",
        "not `true`",
        "`d*` looks like a pattern",
        "test.yaml:7: rule `a`: The id is taken by rules/test.yaml:3.",
        "`wieght` is not known here",
        "rule `c`: `agency` is missing",
        "rule `c`: The rule has no phrases",
    ):
        assert any(part in line for line in told), (part, told)


def test_words_that_yaml_takes_for_values_stay_words(rule_file: Callable[[str], RuleFile]) -> None:
    rules = compile_rules([rule_file(RULE.replace("{jalan rusak: 5}", "{no: 3, on: 3, 112: 4, null ya: 3}"))])
    assert set(rules.rules["a"].phrases) == {"no", "on", "112", "null ya"}


def test_settings_stand_once(rule_file: Callable[[str], RuleFile]) -> None:
    with pytest.raises(RulesError, match="settings in another file"):
        compile_rules([rule_file("settings: {margin: 2}\n" + RULE), RuleFile("rules/b.yaml", "settings: {margin: 3}")])
    with pytest.raises(RulesError, match="1 or more"):
        compile_rules([rule_file("settings: {margin: 0}\n" + RULE)])
    with pytest.raises(RulesError, match="`margin_words` should be 0 or more"):
        compile_rules([rule_file("settings: {margin_words: -1}\n" + RULE)])


def test_margin_words_change_what_the_set_says(rule_file: Callable[[str], RuleFile]) -> None:
    plain, none, some = (compile_rules([rule_file(given + RULE)]) for given in (
        "", "settings: {margin_words: 0}\n", "settings: {margin_words: 20}\n",
    ))  # fmt: skip
    assert plain.id == none.id != some.id


def test_a_repeated_phrase_is_an_error_not_a_silent_choice(rule_file: Callable[[str], RuleFile]) -> None:
    with pytest.raises(RulesError, match="stands here twice"):
        compile_rules([rule_file(RULE.replace("{jalan rusak: 5}", "{lubang: 5, lubang: 2}"))])


def test_no_rules_is_a_rule_set_too() -> None:
    assert compile_rules([]).rules == {}
