from __future__ import annotations

import time

import pytest

from services.router.decide import decide, score_agencies
from services.router.patterns import BadPattern, PatternBook, check_pattern
from services.router.phrases import BadPhrase, split_phrase
from services.router.places import Gazetteer
from services.router.rules import RuleSet, compile_rules
from services.router.text import Lexicon
from shared.citypack import CityPack, RuleFile, Spellings


def rules_of(pack: CityPack, text: str) -> RuleSet:
    return compile_rules([RuleFile("rules/a.yaml", text)], pack.spellings)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pohon kena kabel", True),
        ("pohon yang kena ke kabelnya", True),
        ("pohon satu dua tiga kabel", True),
        ("pohon satu dua tiga empat kabel", False),
        ("pohon kabel", False),
        ("pohon tinggi, kabel putus", False),
        ("kabel kena pohon", False),
        ("pohon [dekat rumah sakit] bolong kabel", True),
    ],
)
def test_a_star_is_one_to_three_words(
    text: str, small_pack: CityPack, small_gazetteer: Gazetteer, *, found: bool
) -> None:
    rules = rules_of(small_pack, 'rules: [{id: a, agency: LAMPU, about: x, phrases: {"pohon * kabel": 5}}]')
    decision = decide(text, rules, small_gazetteer)
    assert (decision.agency == "LAMPU") is found
    if found:
        reason = decision.reasons[0]
        assert text[reason.start : reason.end].startswith("pohon")
        assert text[reason.start : reason.end].startswith("kabel", -5) or text[: reason.end].endswith("kabelnya")


def test_several_stars_and_overlapping_pieces(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    rules = rules_of(small_pack, 'rules: [{id: a, agency: LAMPU, about: x, phrases: {"a1 * b1 * a1": 5}}]')
    assert decide("a1 x b1 x x a1", rules, small_gazetteer).agency == "LAMPU"
    assert decide("a1 x b1 a1", rules, small_gazetteer).agency is None


@pytest.mark.parametrize("text", ["*", "* a", "a *", "a * * b", "a*", "jalan?", "a | b", "^a", "[ab]"])
def test_a_phrase_that_looks_like_a_pattern_is_refused(text: str) -> None:
    with pytest.raises(BadPhrase):
        split_phrase(text, Lexicon(Spellings()))


def test_a_longer_form_counts_for_the_shorter_one_whoever_knows_it(
    small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    alone = rules_of(small_pack, "rules: [{id: a, agency: LAMPU, about: x, phrases: {parkir liar: 5}}]")
    other = "{id: b, agency: JALAN, about: x, phrases: {parkiran: 1, liarnya: 1, parkirannya luas: 2}}"
    both = rules_of(small_pack, "rules: [{id: a, agency: LAMPU, about: x, phrases: {parkir liar: 5}}, " + other + "]")
    for text in ("parkir liar", "parkiran liar", "parkiran liarnya", "parkirnya liar"):
        assert decide(text, alone, small_gazetteer).agency == "LAMPU", text
        assert score_agencies(text, both, small_gazetteer)["LAMPU"] == 5, text


def test_weight_against_an_agency_counts_inside_a_longer_phrase_of_another(
    small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    text = """
rules:
  - {id: a, agency: LAMPU, about: x, phrases: {lampu: 5, foto lampu: -3}}
  - {id: b, agency: JALAN, about: x, phrases: {ada foto lampu: 4, lihat foto lampu: 4}}
"""
    assert score_agencies("lihat foto lampu, lampu", rules_of(small_pack, text), small_gazetteer) == {
        "LAMPU": 2,
        "JALAN": 4,
    }


@pytest.mark.parametrize(
    ("settings", "score"),
    [("{}", 6), ("{overlap: all}", 13), ("{opening_words: 1}", 12), ("{overlap: all, opening_words: 2}", 26)],
)
def test_settings_say_how_phrases_are_counted(
    settings: str, score: int, small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    phrases = "rules: [{id: a, agency: JALAN, about: x, phrases: {jalan rusak: 6, jalan: 3, rusak: 4}}]"
    rules = rules_of(small_pack, f"settings: {settings}\n{phrases}")
    decision = decide("jalan rusak sekali", rules, small_gazetteer)
    assert decision.score == score == sum(reason.weight for reason in decision.reasons)


def test_a_long_text_needs_more_score_and_margin(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    rules = """
rules:
  - {id: a, agency: JALAN, about: x, phrases: {jalan: 6}}
  - {id: b, agency: LAMPU, about: x, phrases: {pju: 3}}
"""
    fixed = rules_of(small_pack, "settings: {minimum_score: 5, margin: 3}\n" + rules)
    growing = rules_of(small_pack, "settings: {minimum_score: 5, margin: 3, margin_words: 2}\n" + rules)
    long = "cerita panjang " * 15 + "cerita jalan"
    assert decide(f"{long}, pju", fixed, small_gazetteer).reason == "matched"
    assert decide("jalan", growing, small_gazetteer).reason == "matched"
    assert decide("jalan pju", growing, small_gazetteer).reason == "matched"
    assert decide("jalan, cuaca pju", growing, small_gazetteer).reason == "several_topics"
    told = decide(long, growing, small_gazetteer)
    assert (told.reason, told.stretch) == ("weak", 2.0)


def test_words_that_only_say_where_do_not_make_a_text_long(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    rules = rules_of(
        small_pack,
        "settings: {margin_words: 1}\nrules: [{id: a, agency: JALAN, about: x, phrases: {jalan rusak: 9}}]",
    )
    assert decide("jalan rusak", rules, small_gazetteer).stretch == 2**0.25
    assert decide("jalan rusak yang depan rumah sakit", rules, small_gazetteer).stretch == 2**0.25


def test_a_bias_needs_a_phrase(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    rules = rules_of(small_pack, "rules: [{id: a, agency: JALAN, about: x, bias: 4, phrases: {jalan: 1}}]")
    assert decide("jalan", rules, small_gazetteer).score == 5
    assert decide("lampu", rules, small_gazetteer).reason == "no_match"
    assert score_agencies("lampu", rules, small_gazetteer) == {"JALAN": 4}


def test_priority_goes_before_score(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    text = """
rules:
  - {id: a, agency: LAMPU, about: x, phrases: {lampu: 9, pju: 9}}
  - {id: b, agency: JALAN, about: x, priority: 1, phrases: {pungli: 3, duit: 1}}
"""
    rules = rules_of(small_pack, text)
    assert decide("pungli lampu pju", rules, small_gazetteer).agency == "JALAN"
    assert decide("duit lampu pju", rules, small_gazetteer).agency == "LAMPU"


def test_patterns_are_explicit_and_counted(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    rules = rules_of(small_pack, "rules: [{id: a, agency: JALAN, about: x, patterns: {'km \\d+': 4}}]")
    text = "🙏 patok KM 12 hilang"
    (reason,) = decide(text, rules, small_gazetteer).reasons
    assert (reason.phrase, text[reason.start : reason.end]) == ("/km \\d+/", "KM 12")


def test_a_hostile_pattern_takes_no_time() -> None:
    book = PatternBook(("(a+)+$", "(a|aa)+b"))
    begun = time.perf_counter()
    assert book.span("(a+)+$", "a" * 9_000 + "!") is None
    assert book.span("(a|aa)+b", "a" * 100_000) is None
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize("expression", ["(", "a{1000000}", "(?=a)", "(a)\\1", "x" * 300, "b*", "\ud800("])
def test_a_pattern_that_cannot_be_used_is_refused(expression: str) -> None:
    with pytest.raises(BadPattern):
        check_pattern(expression)
