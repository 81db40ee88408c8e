from __future__ import annotations

from itertools import product

import pytest

from services.router.conditions import AllOf, AnyOf, Condition, Fact, Facts, Hours, Near, Not, Scene, Words
from services.router.decide import decide
from services.router.places import Gazetteer, Place
from services.router.rules import RulesError, compile_rules
from shared.citypack import CityPack, RuleFile

A, B = Words("a"), Words("b")


def scene(**found: list[tuple[int, int]]) -> Scene:
    return Scene({name: spans for name, spans in found.items() if spans}, sentences=[0] * 10 + [1] * 10)


@pytest.mark.parametrize(
    ("condition", "table"),
    [
        (A, (False, False, True, True)),
        (AllOf((A, B)), (False, False, False, True)),
        (AnyOf((A, B)), (False, True, True, True)),
        (Not(A), (True, True, False, False)),
        (Not(AllOf((A, B))), (True, True, True, False)),
        (Not(AnyOf((A, B))), (True, False, False, False)),
        (AllOf((A, Not(B))), (False, False, True, False)),
        (AnyOf((A, Not(B))), (True, False, True, True)),
        (Not(Not(A)), (False, False, True, True)),
        (AllOf(()), (True, True, True, True)),
        (AnyOf(()), (False, False, False, False)),
    ],
)
def test_truth_tables(condition: Condition, table: tuple[bool, ...]) -> None:
    for (a, b), expected in zip(product((False, True), repeat=2), table, strict=True):
        assert condition.holds(scene(a=[(0, 0)] if a else [], b=[(1, 1)] if b else [])) == expected


@pytest.mark.parametrize(
    ("a", "b", "within", "expected"),
    [
        ((0, 0), (1, 1), 1, True),
        ((0, 0), (3, 3), 2, True),
        ((0, 0), (4, 4), 2, False),
        ((4, 5), (0, 1), 2, True),
        ((5, 6), (0, 1), 2, False),
        ((2, 4), (3, 3), 1, True),
        ((9, 9), (10, 10), 5, False),
    ],
    ids=["beside", "two between", "three between", "before", "too far before", "inside", "next sentence"],
)
def test_near_counts_the_words_between(a: tuple[int, int], b: tuple[int, int], within: int, *, expected: bool) -> None:
    assert Near((("a",), ("b",)), within).holds(scene(a=[a], b=[b])) is expected


def test_near_wants_every_group_beside_one_place_of_the_first() -> None:
    near = Near((("a",), ("b",), ("c",)), 1)
    assert near.holds(scene(a=[(3, 3)], b=[(1, 1)], c=[(5, 5)]))
    assert not near.holds(scene(a=[(0, 0), (8, 8)], b=[(1, 1)], c=[(7, 7)]))
    assert not near.holds(scene(b=[(1, 1)], c=[(2, 2)]))
    assert Near((("a", "b"), ("c",)), 1).holds(scene(b=[(1, 1)], c=[(2, 2)]))


@pytest.mark.parametrize(
    ("hours", "minute", "expected"),
    [
        (Hours(480, 1020), 480, True),
        (Hours(480, 1020), 1020, False),
        (Hours(1320, 300), 0, True),
        (Hours(1320, 300), 1400, True),
        (Hours(1320, 300), 600, False),
        (Hours(1320, 300), None, False),
    ],
)
def test_hours_may_pass_midnight(hours: Hours, minute: int | None, *, expected: bool) -> None:
    assert hours.holds(Scene(minute=minute)) is expected


def test_a_fact_that_is_not_known_is_none_of_the_values() -> None:
    assert Fact("channel", frozenset({"sms"})).holds(Scene(facts={"channel": "SMS"}))
    assert not Fact("channel", frozenset({"sms"})).holds(Scene())


RULE = """
rules:
  - id: a
    agency: LAMPU
    about: x
    phrases: {{lampu: 5}}
    when: {when}
"""


@pytest.mark.parametrize(
    ("when", "text", "speaks"),
    [
        ("{all: [tiang, miring]}", "lampu di tiang yang miring", True),
        ("{all: [tiang, miring]}", "lampu di tiang", False),
        ("{any: [tiang, {all: [kabel, putus]}]}", "lampu kabelnya putus", True),
        ("{not: [taman]}", "lampu taman", False),
        ("{not: [taman]}", "lampu", True),
        ("{near: {words: [lampu, pohon], within: 2}}", "lampu ketutup sama pohon", True),
        ("{near: {words: [lampu, pohon], within: 2}}", "lampu mati. pohon rimbun", False),
        ("{near: {words: [lampu], to: [pohon, dahan], within: 2}}", "dahan nutup lampu", True),
        ("{channel: sms}", "lampu", False),
        ("{pattern: 'no\\.? \\d+'}", "lampu no. 12", True),
        ("{pattern: 'no\\.? \\d+'}", "lampu", False),
        ("{kecamatan: Hulu}", "lampu di mekarwangi", True),
        ("{kelurahan: [Tanjung]}", "lampu di mekarwangi", False),
        ("{not: [mati], any: [tiang, gang]}", "lampu tiang tidak mati", False),
    ],
)
def test_a_rule_speaks_when_its_condition_holds(
    when: str, text: str, small_pack: CityPack, small_gazetteer: Gazetteer, *, speaks: bool
) -> None:
    rules = compile_rules([RuleFile("rules/a.yaml", RULE.format(when=when))], small_pack.spellings)
    assert (decide(text, rules, small_gazetteer).agency == "LAMPU") is speaks


def test_facts_come_from_outside_the_text(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    text = RULE.format(when='{channel: [sms, wa], kind: pengaduan, hours: "22:00-05:00", kecamatan: [Hulu]}')
    rules = compile_rules([RuleFile("rules/a.yaml", text)], small_pack.spellings)
    night = Facts("sms", "pengaduan", 23 * 60)
    assert decide("lampu", rules, small_gazetteer, place=Place("Hulu"), facts=night).agency == "LAMPU"
    assert decide("lampu", rules, small_gazetteer, facts=night).agency is None
    assert decide("lampu", rules, small_gazetteer, place=Place("Hulu")).agency is None


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("{}", "The condition says nothing."),
        ("{al: [a]}", "`al` is not known here. Did you mean `all`?"),
        ("{near: {words: [a], within: 3}}", "`near` needs two phrases or more."),
        ("{near: {words: [a, b]}}", "`within` is missing."),
        ("{near: {words: [a, b], within: 99}}", "from 1 to 20"),
        ('{hours: "25 - 3"}', "is not a span of the day"),
        ("{pattern: '('}", "The pattern `(` cannot be used: missing )"),
        ("{pattern: 'a*'}", "It matches the empty text"),
        ("{all: ['jalan*']}", "looks like a pattern"),
        ("{all: [{all: [{all: [{all: [{all: [{all: [{all: [a]}]}]}]}]}]}]}", "too deep"),
        ("{all: [" + ", ".join(["{any: [a]}"] * 300) + "]}", "too deep or too long"),
        ("jalan", "should hold `name: value` lines"),
    ],
)
def test_mistakes_are_told_with_their_line(when: str, told: str) -> None:
    with pytest.raises(RulesError) as caught:
        compile_rules([RuleFile("rules/a.yaml", RULE.format(when=when))])
    assert any(told in str(problem) and problem.rule == "a" for problem in caught.value.problems), caught.value
