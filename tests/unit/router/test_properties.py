"""What holds for all rules and all texts."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.router.decide import decide, score_agencies
from services.router.matcher import drop_shadowed
from services.router.places import Gazetteer
from services.router.reading import topic_words
from services.router.rules import RuleSet, compile_rules
from shared.citypack import CityPack, RuleFile

WORDS = [
    *(
        "pju",
        "mati",
        "jalan",
        "rusak",
        "jl",
        "lampu",
        "lampunya",
        "gang",
        "depan",
    ),
    *(
        "dekat",
        "gelap",
        "lubang",
        "rumah",
        "sakit",
        "sekolah",
        "dasar",
        "di",
        "mekarwangi",
    ),
    *(
        "seberangan",
        "bukan",
        "tidak",
        "lain",
        "euy",
        "pingsan",
        "dokter",
        "surat",
        "foto",
    ),
    *(
        "parkir",
        "parkiran",
        "parkirannya",
        "liar",
        "yang",
        "12",
        "tapi",
    ),
]
TEXTS = st.lists(st.sampled_from([*WORDS, ",", ".", "\n", "MATI", "Jl.", "🙏"]), max_size=18).map(" ".join)
PHRASES = st.lists(st.sampled_from([word for word in WORDS if word != "di"]), min_size=1, max_size=3).map(" ".join)
RULES = st.fixed_dictionaries(
    {
        "agency": st.sampled_from(["JALAN", "LAMPU", "SEHAT"]),
        "phrases": st.dictionaries(PHRASES, st.integers(-4, 8).filter(bool), min_size=1, max_size=4),
        "vetoes": st.lists(PHRASES, max_size=1),
        "near": st.none() | st.tuples(PHRASES, PHRASES),
        "priority": st.integers(0, 1),
    }
)


def written(rules: list[dict[str, object]], first: int = 0) -> RuleFile:
    lines = ["rules:"]
    for number, rule in enumerate(rules, first):
        lines += [f"  - id: r{number}", f"    agency: {rule['agency']}", "    about: x", "    phrases:"]
        lines += [f'      "{phrase}": {weight}' for phrase, weight in rule["phrases"].items()]  # type: ignore[attr-defined]
        lines += [f'    not: ["{veto}"]' for veto in rule["vetoes"]]  # type: ignore[attr-defined]
        lines += [f"    priority: {rule['priority']}"]
        if rule["near"]:
            one, other = rule["near"]  # type: ignore[misc]
            lines += [f'    when: {{near: {{words: ["{one}", "{other}"], within: 3}}}}']
    return RuleFile(f"rules/{first}.yaml", "\n".join(lines))


@given(rules=st.lists(RULES, min_size=1, max_size=4), text=TEXTS, chance=st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_rules_and_files_changes_nothing(
    rules: list[dict[str, object]], text: str, chance: random.Random, small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    files = [written([rule], number) for number, rule in enumerate(rules)]
    turned = [RuleFile(f"rules/{chance.random()}.yaml", file.text) for file in chance.sample(files, len(files))]
    together = RuleFile("rules/all.yaml", "rules:" + "".join(file.text.removeprefix("rules:") for file in turned))
    one, other, third = (
        compile_rules(given_files, small_pack.spellings) for given_files in (files, turned, [together])
    )
    assert one.id == other.id == third.id
    told = decide(text, one, small_gazetteer).as_dict()
    assert decide(text, other, small_gazetteer).as_dict() == told
    assert decide(text, third, Gazetteer(small_pack)).as_dict() == told


@given(rules=st.lists(RULES, min_size=1, max_size=3), added=RULES, text=TEXTS)
@settings(max_examples=400, deadline=None)
@example(
    rules=[{"agency": "LAMPU", "phrases": {"pju mati": 5}, "vetoes": [], "near": None, "priority": 0}],
    added={"agency": "JALAN", "phrases": {"bukan lubang": 3}, "vetoes": [], "near": None, "priority": 0},
    text="bukan lubang pju mati",
)
@example(
    rules=[{"agency": "LAMPU", "phrases": {"sekolah dasar": 5}, "vetoes": [], "near": None, "priority": 0}],
    added={"agency": "JALAN", "phrases": {"jalan sekolah": 3}, "vetoes": [], "near": None, "priority": 0},
    text="jalan sekolah dasar",
)
def test_a_rule_of_one_agency_never_raises_the_score_of_another(
    rules: list[dict[str, object]],
    added: dict[str, object],
    text: str,
    small_pack: CityPack,
    small_gazetteer: Gazetteer,
) -> None:
    before = compile_rules([written(rules)], small_pack.spellings)
    after = compile_rules([written(rules), written([added], len(rules))], small_pack.spellings)
    scores, then = (score_agencies(text, one, small_gazetteer) for one in (before, after))
    for agency, score in then.items():
        assert agency == added["agency"] or score <= scores.get(agency, 0)


@given(rules=st.lists(RULES, min_size=1, max_size=4), idiom=st.none() | PHRASES, text=TEXTS)
@settings(max_examples=300, deadline=None)
@example(
    rules=[{"agency": "JALAN", "phrases": {"jalan rusak": 5, "rusak": 3}, "vetoes": [], "near": None, "priority": 0}],
    idiom=None,
    text="pju mati , jalan , rusak",
)
@example(
    rules=[{"agency": "JALAN", "phrases": {"jalan": -4, "lubang": 3}, "vetoes": [], "near": None, "priority": 0}],
    idiom="lampu jalan",
    text="lampu jalan rusak , lubang",
)
def test_what_is_left_out_of_a_search_would_have_been_dropped(
    rules: list[dict[str, object]], idiom: str | None, text: str, small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    idioms = [RuleFile("rules/idioms.yaml", f'idioms: ["{idiom}"]')] if idiom else []
    compiled = compile_rules([written(rules), *idioms], small_pack.spellings)
    reading = compiled.lexicon.scan(text)
    survey = small_gazetteer.survey(reading, text)
    every, asides, _ = compiled.table.find(reading, survey)
    some, same_asides, settled = compiled.table.find(reading, survey, every_one=False)
    assert (some if settled else drop_shadowed(some)) == drop_shadowed(every)
    assert sorted(same_asides) == sorted(asides)


@given(rules=st.lists(RULES, min_size=1, max_size=3), text=TEXTS)
@settings(max_examples=200, deadline=None)
def test_offsets_point_at_the_phrase(
    rules: list[dict[str, object]], text: str, small_pack: CityPack, small_gazetteer: Gazetteer
) -> None:
    compiled = compile_rules([written(rules)], small_pack.spellings)
    for reason in decide(text, compiled, small_gazetteer).reasons:
        quoted = iter(compiled.lexicon.read(text[reason.start : reason.end]))
        for word in compiled.lexicon.words_of(reason.phrase):
            assert any(word in found.forms for found in quoted), (reason, text[reason.start : reason.end])


@given(texts=st.lists(TEXTS, min_size=2, max_size=6), noise=st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_decision_is_the_same_in_a_batch_and_alone(
    texts: list[str], noise: str, small_pack: CityPack, small_rules: RuleSet, small_gazetteer: Gazetteer
) -> None:
    batch = [decide(text, small_rules, small_gazetteer) for text in [*texts, noise, *texts]]
    for text, decision in zip(texts, batch, strict=False):
        fresh = compile_rules(small_pack.rule_files, small_pack.spellings)
        assert decide(text, fresh, Gazetteer(small_pack, fresh.lexicon)) == decision
    assert batch[: len(texts)] == batch[len(texts) + 1 :]


@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_what_a_learner_reads_is_found_as_a_phrase(text: str, small_pack: CityPack, small_gazetteer: Gazetteer) -> None:
    lexicon = compile_rules([], small_pack.spellings).lexicon
    for run in topic_words(text, lexicon, small_gazetteer):
        phrase = " ".join(run[:3])
        rules = compile_rules(
            [RuleFile("rules/a.yaml", f'rules: [{{id: a, agency: LAMPU, about: x, phrases: {{"{phrase}": 9}}}}]')],
            small_pack.spellings,
        )
        negated = {"bukan", "tidak", "lain", "euy"} & set(text.lower().split())
        assert negated or score_agencies(text, rules, small_gazetteer) == {"LAMPU": 9}, phrase


@pytest.mark.parametrize(
    "text",
    [
        "ðŸ™ðŸ™ jalan rusak â€œparahâ€",
        "jalan\u200brusak\u200d \u202ejalan\u202c ruѕаk",
        "\x00\x01 jalan\x1f rusak\x7f",
        "> jalan rusak\n> pju mati",
        "👨‍👩‍👧‍👦" * 500,
        "j\u0336a\u0336l\u0336a\u0336n\u0336 r\u0336u\u0336s\u0336a\u0336k\u0336",
        "\ufeff\ufffe\uffff\U0010ffff",
        "\ud83d jalan rusak \ude4f",
        "İİİ ẞẞ ŉŉ ﷺ jalan rusak",
        "a\u0301" * 5000,
        "．，！？　ＪＡＬＡＮ　ＲＵＳＡＫ",
        "x" * 100_000,
    ],
)
def test_strange_texts_are_decided(text: str, small_rules: RuleSet, small_gazetteer: Gazetteer) -> None:
    decision = decide(text, small_rules, small_gazetteer)
    for reason in decision.reasons:
        assert 0 <= reason.start < reason.end <= len(text)
    if "rusak" in text and "jalan" in text and not text.startswith(">"):
        assert "jalan" in text[decision.reasons[0].start : decision.reasons[0].end].lower()
