from __future__ import annotations

import random
import string
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.router.decide import Decision, decide
from services.router.explain import explain_decision
from services.router.places import Gazetteer, Place
from services.router.rules import RuleSet, compile_rules
from shared.citypack import CityPack, RuleFile

KEYS = [
    *("outcome", "reason", "agency", "also", "score", "margin"),
    *("reasons", "alternatives", "place", "ruleset"),
]
PARTS = "parts"


@pytest.mark.parametrize(
    ("text", "outcome", "reason", "agency"),
    [
        ("jalan rusak parah", "routed", "matched", "JALAN"),
        ("pju mati dua", "routed", "matched", "LAMPU"),
        ("halo tolong min", "triage", "no_content", None),
        ("", "triage", "no_content", None),
        ("cuaca cerah", "triage", "no_match", None),
        ("lampu merah", "triage", "weak", None),
        ("gelap ada dokter", "triage", "tie", None),
        ("gelap, ada dokter", "triage", "several_topics", None),
        ("tolong ada orang pingsan, jalan rusak", "emergency", "matched", "SEHAT"),
        ("hampir pingsan", "triage", "no_match", None),
        ("dokter hewan", "triage", "no_match", None),
        ("jalan keluarnya bagaimana", "triage", "no_match", None),
        ("jalannya ga rusak", "triage", "weak", None),
        ("bkn pju nya mati, lubang", "routed", "matched", "JALAN"),
        ("bukan hanya pju mati", "routed", "matched", "LAMPU"),
        ("lain pju nu mati euy", "triage", "no_match", None),
        ("lain pju mati", "routed", "matched", "LAMPU"),
        ("jalan rusak di seberangan", "routed", "out_of_area", "EXT_SEBERANG"),
        ("dokter di seberangan", "routed", "matched", "SEHAT"),
        ("pjumati", "triage", "no_match", None),
        ("rumah, sakit", "triage", "no_match", None),
        ("jalan\nrusak", "routed", "matched", "JALAN"),
        ("jalan arah rumah sakit rusak", "routed", "matched", "JALAN"),
        ("saya arah rumah sakit", "routed", "matched", "SEHAT"),
        ("jalan [gang melati] rusak", "routed", "matched", "JALAN"),
    ],
)
def test_outcomes(
    text: str, outcome: str, reason: str, agency: str | None, small_rules: RuleSet, small_gazetteer: Gazetteer
) -> None:
    decision = decide(text, small_rules, small_gazetteer)
    assert (decision.outcome, decision.reason, decision.agency) == (outcome, reason, agency)


def test_a_decision_says_why(small_rules: RuleSet, small_gazetteer: Gazetteer) -> None:
    text = "Di Mekarwangi PJU-nya MATI, gelap. jln rusak"
    found = decide(text, small_rules, small_gazetteer).as_dict()
    assert list(found) == [*KEYS, PARTS]
    assert [(part["agency"], text[part["start"] : part["end"]]) for part in found["parts"]] == [
        ("LAMPU", "Di Mekarwangi PJU-nya MATI, gelap"),
        ("JALAN", "jln rusak"),
    ]
    assert found["agency"] == "LAMPU"
    assert found["also"] == ["JALAN"]
    assert (found["score"], found["margin"]) == (9, 3)
    assert found["alternatives"] == [{"agency": "JALAN", "score": 6}]
    assert found["place"] == {"kecamatan": "Hulu", "kelurahan": "Mekarwangi"}
    assert found["ruleset"] == small_rules.id
    assert [(one["phrase"], text[one["start"] : one["end"]]) for one in found["reasons"]] == [
        ("pju mati", "PJU-nya MATI"),
        ("gelap", "gelap"),
    ]


def test_the_place_of_the_form_outweighs_the_text(small_rules: RuleSet, small_gazetteer: Gazetteer) -> None:
    decision = decide("jalan rusak di seberangan", small_rules, small_gazetteer, place=Place("Hulu", "Besar"))
    assert (decision.agency, decision.place) == ("JALAN", Place("Hulu", "Besar"))


def test_a_place_office_is_that_of_the_level_known(small_rules: RuleSet, small_gazetteer: Gazetteer) -> None:
    assert decide("surat di tanjung", small_rules, small_gazetteer).agency == "KAMPUNG"
    assert decide("surat di hilir kota", small_rules, small_gazetteer).agency == "DISTRIK"
    assert decide("surat", small_rules, small_gazetteer).agency == "KAMPUNG"


def test_separate_matters_go_to_the_first_and_are_told_to_the_other(
    small_rules: RuleSet, small_gazetteer: Gazetteer
) -> None:
    decision = decide("jalan rusak, pju mati", small_rules, small_gazetteer)
    assert (decision.agency, decision.also, decision.margin) == ("JALAN", ("LAMPU",), 0)
    assert decide("pju mati, jalan rusak", small_rules, small_gazetteer).agency == "LAMPU"


def test_a_phrase_counts_once_however_often_it_is_said(small_rules: RuleSet, small_gazetteer: Gazetteer) -> None:
    assert decide("gelap. gelap! malam gelap", small_rules, small_gazetteer).score == 3


def test_an_emergency_beyond_the_border_stays_one(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    text = "rules: [{id: a, agency: JALAN, about: x, emergency: true, phrases: {ambruk: 5}}]"
    rules = compile_rules([RuleFile("rules/a.yaml", text)], small_pack.spellings)
    decision = decide("ambruk di seberangan", rules, small_gazetteer)
    assert (decision.outcome, decision.agency, decision.also) == ("emergency", "JALAN", ("EXT_SEBERANG",))
    assert decision.urgent


def test_longer_phrases_hide_those_inside_across_rules(small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    text = """
rules:
  - {id: a, agency: LAMPU, about: x, phrases: {lampu: 5}}
  - {id: b, agency: SEHAT, about: x, phrases: {lampu operasi: 3}}
"""
    rules = compile_rules([RuleFile("rules/a.yaml", text)], small_pack.spellings)
    decision = decide("lampu operasi", rules, small_gazetteer)
    assert (decision.agency, decision.score, decision.alternatives) == ("SEHAT", 3, ())


def test_explanation_quotes_the_words(small_rules: RuleSet, small_gazetteer: Gazetteer) -> None:
    text = "pju mati di mekarwangi, jalan rusak"
    told = explain_decision(decide(text, small_rules, small_gazetteer), text, small_rules, {"LAMPU": "Dinas Lampu"})
    assert "Ke Dinas Lampu [LAMPU]: nilai 6" in told
    assert "“pju mati”" in told
    assert "Mekarwangi, Hulu" in told
    unclear = explain_decision(decide("p", small_rules, small_gazetteer), "p", small_rules)
    assert unclear.startswith("Perlu dilihat orang: tidak ada aturan yang cocok")


_VOCABULARY = """pju mati jalan rusak jl bukan tidak depan gelap lubang rumah sakit di mekarwangi seberangan pingsan
, . 🙏"""
_WORDS = st.sampled_from([*_VOCABULARY.split(), "\x00"])
_MESSAGES = st.one_of(st.lists(_WORDS, max_size=25).map(" ".join), st.text(max_size=200))


@given(message=_MESSAGES)
@example(message="\ud800 jalan rusak \udfff")
@settings(max_examples=200)
def test_decisions_hold_together(
    message: str, small_pack: CityPack, small_rules: RuleSet, small_gazetteer: Gazetteer
) -> None:
    decision = decide(message, small_rules, small_gazetteer)
    _check(decision, message, small_rules)
    again = compile_rules(reversed(small_pack.rule_files), small_pack.spellings)
    assert decide(message, again, Gazetteer(small_pack)).as_dict() == decision.as_dict()


def _check(decision: Decision, message: str, rules: RuleSet) -> None:
    assert (decision.agency is None) == (decision.outcome == "triage")
    scores = [other.score for other in decision.alternatives]
    assert scores == sorted(scores, reverse=True)
    for reason in decision.reasons:
        quoted = message[reason.start : reason.end].lower()
        assert rules.lexicon.words_of(reason.phrase)[0][0] in quoted
        assert rules.rules[reason.rule].phrases[reason.phrase] == reason.weight
    if decision.outcome == "routed" and decision.reason == "matched":
        assert sum(reason.weight for reason in decision.reasons) == decision.score >= rules.settings.minimum_score
        assert {rules.rules[reason.rule].agency for reason in decision.reasons} <= {decision.agency, "KAMPUNG"}


@given(one=_MESSAGES, other=_MESSAGES)
@settings(max_examples=60)
def test_the_rules_of_a_real_city_never_raise(
    one: str, other: str, cimahi_rules: RuleSet, cimahi_gazetteer: Gazetteer
) -> None:
    text = f"{one} sampah {other}"
    assert decide(text, cimahi_rules, cimahi_gazetteer) == decide(text, cimahi_rules, cimahi_gazetteer)


@pytest.mark.parametrize(
    "text",
    [
        "jalan rusak depan rumah sakit bukan pju mati " * 23_000,
        "jalán rusak — depan 🙏🏽 漢字 " * 40_000,
        "x" * 1_000_000,
        "terima kasih\n" * 80_000,
        "yth kepada " * 90_000,
        "bukan sampah " * 77_000,
        "> sampah menumpuk\n" * 55_000,
        "🙏\u200d\u200b😡\ufe0f" * 200_000,
        "jаlаn ルサク ruѕak " * 60_000,
        "ðŸ™â€œjalan rusakâ€" * 60_000,
        "\x00\x07jalan\x1b[31m rusak\x7f" * 40_000,
        "".join(random.Random(3).choices(string.printable + "éß漢🙏\u202e", k=1_000_000)),
    ],
    ids=[
        "words",
        "signs",
        "one word",
        "closings",
        "salutations",
        "negations",
        "quotes",
        "emoji",
        "scripts",
        "encoded",
        "control",
        "noise",
    ],
)
def test_a_megabyte_is_decided_in_time(text: str, cimahi_rules: RuleSet, cimahi_gazetteer: Gazetteer) -> None:
    begun = time.perf_counter()
    decide(text, cimahi_rules, cimahi_gazetteer)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    ("text", "outcome", "agency"),
    [
        ("terjebak, pju mati", "routed", "LAMPU"),  # a hint of an emergency competes like any other
        ("terjebak", "routed", "SEHAT"),
        ("terjebak api, pju mati", "emergency", "SEHAT"),  # two of them do not
        ("terbakar, pju mati", "emergency", "SEHAT"),
    ],
)
def test_only_what_is_sure_is_an_emergency(
    text: str, outcome: str, agency: str, small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    written = """
rules:
  - {id: a, agency: SEHAT, about: x, emergency: true, phrases: {terbakar: 5, terjebak: 3, api: 2}}
  - {id: b, agency: LAMPU, about: x, phrases: {pju mati: 9}}
"""
    rules = compile_rules([RuleFile("rules/a.yaml", written)], small_pack.spellings)
    decision = decide(text, rules, small_gazetteer)
    assert (decision.outcome, decision.agency) == (outcome, agency)
