"""Rules mined from labelled complaints: what is found, how few are kept, what is written, the same every time."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.router.decide import decide, score_agencies
from services.router.learning.arrays import LearningUnavailable, load_arrays
from services.router.learning.labelled import Labelled, frequent_labels, without_masks
from services.router.learning.likeness import drop_likenesses
from services.router.learning.phrases import choose_phrases, find_phrases
from services.router.learning.rule_writing import write_rules, write_support
from services.router.learning.suggestion import (
    MARGIN_WORDS,
    Material,
    NotEnoughExamples,
    Suggestion,
    Wishes,
    suggest,
    suggest_sizes,
)
from services.router.learning.weights import find_leeway
from services.router.places import Gazetteer
from services.router.reading import topic_forms, topic_words
from services.router.rules import compile_rules
from services.router.text import Lexicon
from shared.citypack import CityPack, load_pack

SURABAYA = Path(__file__).parents[3] / "deploy/cities/surabaya"
WISHES = Wishes(phrases=30, least_texts=2, coverage=0.9)

try:
    ARRAYS = load_arrays()
except LearningUnavailable:
    pytest.skip("numpy and scipy are not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def city() -> CityPack:
    return load_pack(SURABAYA)


def labelled(count: int = 240) -> list[Labelled]:
    """Invented complaints of three agencies that share most of their words."""
    said = {
        "DISHUB": ("lampu jalan {} padam", "pju {} mati total", "lampu penerangan {} tidak menyala"),
        "DLH": ("sampah {} menumpuk", "pohon {} mau tumbang kena kabel lampu", "sampah di {} bau"),
        "DSDABM": ("jalan {} berlubang", "saluran {} mampet banjir", "aspal {} rusak berlubang"),
    }
    places = ("depan rumah warga", "dekat pasar", "kampung kami", "ujung gang")
    rows = []
    for number in range(count):
        agency = sorted(said)[number % 3]
        text = said[agency][number // 3 % 3].format(places[number // 9 % 4])
        rows.append(Labelled(str(number), f"mohon bantuan {text}", agency))
    return rows


def material(city: CityPack, examples: list[Labelled]) -> Material:
    lexicon = Lexicon(city.spellings)
    gazetteer = Gazetteer(city, lexicon)
    return Material(
        examples,
        [topic_forms(without_masks(example.text), lexicon, gazetteer) for example in examples],
        lambda phrase: topic_words(phrase, lexicon, gazetteer) == (tuple(phrase.split()),),
    )


@pytest.fixture(scope="module")
def suggestion(city: CityPack) -> Suggestion:
    return suggest(material(city, labelled()), WISHES, ARRAYS)


def test_phrases_are_runs_of_up_to_three_words_and_count_double_at_the_beginning() -> None:
    found = find_phrases(((("lampunya", "lampu"), ("mati",)), (("gelap",),)), opening_words=2)
    assert found == {"lampunya": 2, "lampunya mati": 2, "lampu": 2, "lampu mati": 2, "mati": 2, "gelap": 1}


def test_of_phrases_in_the_same_texts_the_plainest_stays() -> None:
    texts = [((("pju",), ("mati",)),), ((("pju",), ("mati",)),), ((("padam",),),)]
    found = [find_phrases(text, 0) for text in texts]
    assert choose_phrases(texts, found, 2, lambda phrase: True) == ["mati"]
    assert choose_phrases(texts, found, 2, lambda phrase: phrase != "mati") == ["pju"]


def test_of_phrases_in_nearly_the_same_texts_one_speaks_for_all() -> None:
    held = {"pju": range(10), "lampu pju": range(9), "pjunya": range(8), "padam": range(6, 14)}
    names = sorted(held)
    counts = ARRAYS.sparse.csr_matrix([[float(text in held[name]) for name in names] for text in range(14)])
    assert [names[place] for place in drop_likenesses(counts, names, ARRAYS)] == ["padam", "pju"]


def test_a_form_that_nobody_wrote_is_no_phrase() -> None:
    texts = [((("pohonnya", "pohon", "poho"),),), ((("pohon", "poho"),),)]
    found = [find_phrases(text, 0) for text in texts]
    assert choose_phrases(texts, found, 2, lambda phrase: True) == ["pohon"]


def test_masks_are_no_words_and_part_their_neighbours() -> None:
    assert without_masks("ketua <NAMA> rt") == "ketua ,  rt"


def test_rare_labels_are_not_learned() -> None:
    assert frequent_labels([*labelled(9), Labelled("x", "apa saja", "HUKUM")], 2) == ("DISHUB", "DLH", "DSDABM")


def test_the_router_follows_what_was_learned(city: CityPack, suggestion: Suggestion) -> None:
    ruleset = compile_rules(write_rules(suggestion, {"DLH": "Dinas Lingkungan Hidup"}), city.spellings)
    gazetteer = Gazetteer(city, ruleset.lexicon)
    decisions = {text: decide(text, ruleset, gazetteer) for text in ("pju mati lalu padam", "sampah bau menumpuk")}
    assert [decision.agency for decision in decisions.values()] == ["DISHUB", "DLH"]
    assert len(suggestion.phrases) <= WISHES.phrases
    assert suggestion.trial is not None
    assert suggestion.trial.accuracy > 0.9


def test_the_margin_is_said_for_a_text_of_some_length(city: CityPack, suggestion: Suggestion) -> None:
    ruleset = compile_rules(write_rules(suggestion, {}), city.spellings)
    assert ruleset.settings.margin_words == MARGIN_WORDS
    again = suggest(material(city, labelled()), replace(WISHES, coverage=1.0), ARRAYS)
    assert again.margin < suggestion.margin


def test_weights_of_phrases_that_tell_agencies_apart_may_go_farther() -> None:
    np = ARRAYS.np
    held = {"pju": [1, 1, 1, 0, 0, 0], "mati": [1, 1, 0, 1, 0, 0], "mohon": [1, 1, 0, 1, 1, 0]}
    rows = ARRAYS.sparse.csr_matrix(np.array(list(held.values()), dtype=float).T)
    truth = np.array([[1, 0]] * 3 + [[0, 1]] * 3, dtype=float)
    pju, mati, mohon = find_leeway(rows, truth, np.full((6, 1), 1 / 6), np)
    assert pju.tolist() == pytest.approx(pju[::-1].tolist())
    assert pju[0] > 1 > mati[0]
    assert pju[0] > mohon[0] >= 0.8


def test_a_lone_candidate_needs_as_much_as_one_ahead_of_others(city: CityPack, suggestion: Suggestion) -> None:
    """Else it would be routed below the margin that was tried: nobody stands behind it."""
    settings = compile_rules(write_rules(suggestion, {}), city.spellings).settings
    assert settings.minimum_score == settings.margin == suggestion.margin


def test_a_tree_in_the_lamp_cable_is_told_from_a_lamp(city: CityPack, suggestion: Suggestion) -> None:
    ruleset = compile_rules(write_rules(suggestion, {}), city.spellings)
    scores = score_agencies("pohon kena kabel lampu", ruleset, Gazetteer(city, ruleset.lexicon))
    assert max(scores, key=lambda agency: scores[agency]) == "DLH"


def test_support_counts_what_stands_in_the_examples(city: CityPack, suggestion: Suggestion) -> None:
    examples = {example.id: example for example in labelled()}
    for one in suggestion.phrases:
        assert 0 <= one.right <= one.hits
        assert all((examples[number].label == one.agency) == (one.weight > 0) for number in one.examples)
    sure = next(one for one in suggestion.phrases if one.phrase == "sampah" and one.agency == "DLH")
    assert (sure.hits, sure.right) == (53, 53) or sure.hits == sure.right


def test_the_same_examples_give_the_same_files(city: CityPack, suggestion: Suggestion) -> None:
    again = suggest(material(city, labelled()), WISHES, ARRAYS)
    assert write_rules(again, {}) == write_rules(suggestion, {})
    assert write_support(again) == write_support(suggestion)


def test_several_sizes_at_once(city: CityPack) -> None:
    few = suggest_sizes(material(city, labelled()), WISHES, (5, 15), ARRAYS)
    assert {size: len(found.phrases) <= size for size, found in few.items()} == {5: True, 15: True}


def test_what_is_known_is_not_suggested_again(city: CityPack) -> None:
    known = material(city, labelled())
    known.known = [{"DISHUB": 40} if "pju" in example.text else {} for example in known.examples]
    known.known_phrases = frozenset({("DISHUB", "pju")})
    found = suggest(known, WISHES, ARRAYS)
    assert ("DISHUB", "pju") not in {(one.agency, one.phrase) for one in found.phrases}
    assert found.bias == {}


def test_progress_ends_at_one(city: CityPack) -> None:
    shares: list[float] = []
    suggest(material(city, labelled()), WISHES, ARRAYS, shares.append)
    assert sum(shares) == pytest.approx(1, abs=0.01)


def test_too_few_examples_are_said_so(city: CityPack) -> None:
    with pytest.raises(NotEnoughExamples, match="too few"):
        suggest(material(city, labelled(12)), WISHES, ARRAYS)


def test_the_pack_of_surabaya_holds_short_phrases_only(city: CityPack) -> None:
    """It was learned from what real people wrote: no sentence of theirs may stand in it."""
    ruleset = compile_rules(city.rule_files, city.spellings)
    phrases = [phrase for rule in ruleset.rules.values() for phrase in rule.phrases]
    assert 1000 < len(phrases) <= 2500
    assert max(len(phrase.split()) for phrase in phrases) <= 3
    assert all(word.isalpha() for phrase in phrases for word in phrase.split())
    assert not any(rule.matching or rule.not_matching for rule in ruleset.rules.values())
