"""A word of a text stands for the phrase words that it is a form of, for all of them and for no other."""

from __future__ import annotations

import pytest

from services.router.decide import score_agencies
from services.router.places import Gazetteer
from services.router.rules import compile_rules
from shared.citypack import CityPack, RuleFile

_RULE = "  - {{id: {agency}, agency: {agency}, about: x, phrases: {{{phrase}: {weight}}}}}\n"


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("sayur", {"JALAN": 3}),
        ("sayuran", {"JALAN": 3, "LAMPU": 5}),
        ("sayurnya", {"JALAN": 3}),
        # One ending is taken off, so "sayurannya" is a form of "sayuran" and not of "sayur".
        ("sayurannya", {"LAMPU": 5}),
        ("sayurannya sayur", {"JALAN": 3, "LAMPU": 5}),
    ],
)
def test_a_fuller_word_never_finds_a_phrase_that_is_no_form_of_the_text(
    text: str, scores: dict[str, int], small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    written = "rules:\n" + "".join(
        _RULE.format(agency=agency, phrase=phrase, weight=weight)
        for agency, phrase, weight in (("JALAN", "sayur", 3), ("LAMPU", "sayuran", 5))
    )
    rules = compile_rules([RuleFile("rules/a.yaml", written)], small_pack.spellings)
    assert score_agencies(text, rules, small_gazetteer) == scores


def test_what_a_phrase_finds_does_not_depend_on_the_other_phrases(
    small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    both = [("JALAN", "sayur busuk", 3), ("LAMPU", "sayuran busuk", 5)]
    for text in ("sayur busuk", "sayuran busuk", "sayurannya busuk", "disayur busuk"):
        alone: dict[str, int] = {}
        for one in both:
            written = "rules:\n" + _RULE.format(agency=one[0], phrase=one[1], weight=one[2])
            rules = compile_rules([RuleFile("rules/a.yaml", written)], small_pack.spellings)
            alone |= score_agencies(text, rules, small_gazetteer)
        written = "rules:\n" + "".join(_RULE.format(agency=a, phrase=p, weight=w) for a, p, w in both)
        together = compile_rules([RuleFile("rules/a.yaml", written)], small_pack.spellings)
        assert score_agencies(text, together, small_gazetteer) == alone
