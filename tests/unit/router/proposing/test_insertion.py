"""A phrase written into a file of rules: one line is different, and nothing that a person wrote is lost."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from services.router.proposing.insertion import Wish, insert_phrase
from services.router.proposing.yaml_places import as_data
from shared.citypack import CityPack
from shared.errors import Refused

FILE = """\
# Penerangan. Diperiksa tiap bulan.
rules:
  - id: lampu   # yang pertama
    agency: LAMPU
    about: "Lampu: jalan"
    phrases:
      # yang pasti
      pju mati: 6   # sering
      lampu padam: 6

      # petunjuk
      gelap: 2
    examples:
      match:
        - pju mati
  # yang kedua
  - {id: jalan, agency: JALAN, about: x, phrases: {jalan rusak: 6, 'becek': 3}}
  - id: pola
    agency: JALAN
    about: Hanya pola.
    patterns: {'km \\d+': 3}
idioms: [jalan keluar]  # di akhir
"""


def put(text: str, **wish: object) -> tuple[str, int]:
    wanted = Wish(**{"agency": "LAMPU", "phrase": "tiang roboh", "weight": 5, "rule": "lampu", **wish})  # type: ignore[arg-type]
    found = insert_phrase({"rules/a.yaml": text}, wanted)
    assert found.file == "rules/a.yaml"
    return found.text, found.line


def changes(old: str, new: str) -> list[str]:
    told = difflib.ndiff(old.splitlines(), new.splitlines())
    return [line for line in told if line[0] in "+-"]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, ["+       tiang roboh: 5"]),
        ({"phrase": "  tiang   roboh "}, ["+       tiang roboh: 5"]),
        ({"phrase": "no"}, ['+       "no": 5']),
        ({"phrase": "a: b # c"}, ['+       "a: b # c": 5']),
        ({"phrase": 'say "x"'}, ['+       "say \\"x\\"": 5']),
        ({"phrase": "lampu * mati"}, ["+       lampu * mati: 5"]),
        ({"phrase": "pju mati", "weight": 8}, ["-       pju mati: 6   # sering", "+       pju mati: 8   # sering"]),
        (
            {"agency": "JALAN", "rule": "pola"},
            ["+     phrases:", "+       tiang roboh: 5"],
        ),
    ],
)  # fmt: skip
def test_only_that_line_is_different(wish: dict[str, object], expected: list[str]) -> None:
    text, _ = put(FILE, **wish)
    assert changes(FILE, text) == expected


def test_a_phrase_stands_among_those_of_its_weight_and_comments_stay_where_they_belong() -> None:
    for weight, before, behind in ((6, "lampu padam: 6", ""), (9, "phrases:", "# yang pasti"), (1, "gelap: 2", "")):
        text, line = put(FILE, weight=weight)
        lines = [one.strip() for one in text.splitlines()]
        assert lines[line - 1] == f"tiang roboh: {weight}"
        assert lines[line - 2] == before
        assert not behind or lines[line] == behind


def test_rules_in_braces_are_filled_too() -> None:
    text, _ = put(FILE, agency="JALAN", rule="jalan", phrase="aspal pecah")
    assert "{jalan rusak: 6, 'becek': 3, aspal pecah: 5}}" in text
    for phrases in ("{}", "{a: 1,}", "{a: 1 }", "{\n a: 1 # c\n }", ""):
        short = f"rules:\n  - id: lampu\n    agency: LAMPU\n    about: x\n    phrases: {phrases}"
        text, _ = put(short)
        assert as_data(text)["rules"][0]["phrases"]["tiang roboh"] == "5", phrases


def test_the_same_phrase_again_changes_nothing() -> None:
    text, line = put(FILE)
    assert put(text) == (text, line)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_rule_of_its_own_follows_the_agencys_others(end: str) -> None:
    text, line = put(FILE.replace("\n", end), rule="")
    added = [one.strip() for one in changes(FILE.replace("\n", end), text)]
    assert all(one.startswith("+") for one in added)
    rules = as_data(text)["rules"]
    assert [rule["id"] for rule in rules] == ["lampu", "jalan", "pola", "lampu-tiang-roboh"]
    assert text.splitlines()[line - 1].strip() == "tiang roboh: 5"
    assert text.rstrip().endswith("# di akhir")


def test_a_phrase_for_one_place_has_a_rule_that_asks_for_it_and_the_next_one_joins_it() -> None:
    text, _ = put(FILE, kelurahan="Baros")
    text, _ = put(text, kelurahan="Baros", phrase="lampu gang", weight=3)
    rule = as_data(text)["rules"][-1]
    assert (rule["id"], rule["when"]) == ("lampu-baros", {"kelurahan": ["Baros"]})
    assert rule["phrases"] == {"tiang roboh": "5", "lampu gang": "3"}
    text, _ = put(text, kecamatan="Cimahi Utara")
    assert as_data(text)["rules"][-1]["when"] == {"kecamatan": ["Cimahi Utara"]}


@pytest.mark.parametrize("text", ["rules: [{id: a, agency: LAMPU, about: x, phrases: {b: 1}}]", "rules: [", "", "- a"])
def test_where_the_list_cannot_grow_the_rule_gets_a_file_of_its_own(text: str) -> None:
    found = insert_phrase({"rules/a.yaml": text, "rules/lampu.yaml": "# kosong"}, Wish("LAMPU", "tiang", 5))
    assert found.file == "rules/lampu-2.yaml"
    assert as_data(found.text)["rules"][0]["phrases"] == {"tiang": "5"}


ALIASES = """\
rules:
  - {id: a, agency: LAMPU, about: x, phrases: &p {mati: 5}}
  - {id: b, agency: JALAN, about: x, phrases: *p}
"""


def test_what_would_change_more_than_asked_is_left_to_a_person() -> None:
    for rule, agency in (("a", "LAMPU"), ("b", "JALAN")):
        with pytest.raises(Refused) as caught:
            put(ALIASES, rule=rule, agency=agency)
        assert caught.value.code == "cannot_insert"


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    with pytest.raises(Refused) as caught:
        put("\n".join([*lines, FILE]))
    assert caught.value.code == "cannot_insert"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"phrase": " "}, "bad_phrase"),
        ({"phrase": "x" * 101}, "bad_phrase"),
        ({"weight": 0}, "bad_weight"),
        ({"weight": 101}, "bad_weight"),
        ({"agency": "../x"}, "invalid_fields"),
        ({"rule": "tidak-ada"}, "unknown_rule"),
        ({"rule": "jalan"}, "unknown_rule"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told(wish: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as caught:
        put(FILE, **wish)
    assert caught.value.code == code


def test_every_file_of_the_real_city_takes_a_phrase(cimahi: CityPack) -> None:
    for file in cimahi.rule_files:
        for rule in as_data(file.text).get("rules", [])[:1]:
            wish = Wish(rule["agency"], "kata baru sekali", 4, rule["id"])
            found = insert_phrase({file.path: file.text}, wish)
            assert len(changes(file.text, found.text)) == 1


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)


@given(phrase=WORDS, weight=st.integers(-100, 100).filter(bool), comment=WORDS)
@budget(max_examples=60, deadline=None)
def test_whatever_is_typed_the_file_says_that_and_no_line_is_lost(phrase: str, weight: int, comment: str) -> None:
    safe = "".join(sign for sign in comment if sign.isprintable())
    old = FILE.replace("# petunjuk", f"# {safe}")
    try:
        text, _ = put(old, phrase=phrase, weight=weight)
    except Refused as error:
        assert error.code in ("bad_phrase", "cannot_insert")  # noqa: PT017 - either is a clear answer
        return
    assert as_data(text)["rules"][0]["phrases"][" ".join(phrase.split())] == str(weight)
    assert not [line for line in changes(old, text) if line.startswith("-")]
