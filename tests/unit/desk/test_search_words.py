"""Words of texts, and searches as people type them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.inbox.wanted import Wanted, read_wanted
from services.desk.inbox.words import (
    MOST_TERMS,
    Term,
    as_match,
    as_tsquery,
    as_tsvector,
    in_common,
    long_words,
    masked_words,
    read_terms,
    telling_words,
    words_of,
)
from shared.observability.masking import mask

PLACES = {("baros",): "Baros", ("cigugur", "tengah"): "Cigugur Tengah"}
TYPED = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Lampu JALAN mati, di Jl.Baros!", ["lampu", "jalan", "mati", "di", "jl", "baros"]),
        ("café Ｆｕｌｌ straße", ["cafe", "full", "strasse"]),
        ("a_b 12-34 100%", ["a", "b", "12", "34", "100"]),
        ("مكسور الشارع", ["مكسور", "الشارع"]),
        ("🚧🚧 …", []),
    ],
)
def test_words_are_letters_and_digits_without_capitals_and_accents(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_what_masking_wrote_is_no_word() -> None:
    assert masked_words(mask("hubungi 0812-3456-7890 atau budi@contoh.id")) == ["hubungi", "atau"]


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("lampu jalan", (Term(("lampu",)), Term(("jalan",)))),
        ('"lampu jalan" -sampah', (Term(("lampu", "jalan"), whole=True), Term(("sampah",), excluded=True))),
        ('-"dua kata', (Term(("dua", "kata"), whole=True, excluded=True),)),
        ("jl.baros", (Term(("jl", "baros")),)),
        ("baros", (Term(("baros",), places=("Baros",)),)),
        ("cigugur", (Term(("cigugur",), places=("Cigugur Tengah",)),)),
        ('"cigugur tengah"', (Term(("cigugur", "tengah"), whole=True, places=("Cigugur Tengah",)),)),
        ("- \"\" '' -- %_ \\ ;", ()),
        ("lampu lampu", (Term(("lampu",)),)),
    ],
)
def test_a_search_is_read_as_it_is_meant(typed: str, terms: tuple[Term, ...]) -> None:
    assert read_terms(typed, PLACES) == terms


def test_of_many_words_some_are_sought() -> None:
    assert len(read_terms(" ".join(f"kata{number}" for number in range(50)))) == MOST_TERMS
    assert len(read_terms("x" * 10_000)[0].words[0]) <= 40


@settings(max_examples=60, deadline=None)
@given(TYPED)
def test_nothing_that_is_typed_can_break_out_of_a_query(typed: str) -> None:
    for term in read_terms(typed):
        assert all(word and word.isalnum() for word in term.words), term
        assert as_tsquery(term).count("'") == 2 * len(term.words)
        assert as_match(term, "words").count('"') == 2
    assert all(word.isalnum() for word in words_of(typed))


def test_words_have_their_places() -> None:
    assert as_tsvector(["lampu", "jalan", "lampu"]) == "'lampu':1,3 'jalan':2"
    assert as_tsquery(Term(("lampu", "jalan"))) == "'lampu' <-> 'jalan':*"
    assert as_match(Term(("lampu", "jalan"), whole=True), "words") == 'words : "lampu jalan"'


def test_common_words_make_nothing_alike() -> None:
    one, other = (words_of(text) for text in ("Lampu jalan di sini sudah mati", "jalan sudah gelap, lampu mati"))
    assert in_common(telling_words(one) & frozenset(other)) == ["lampu", "mati"]


@given(st.text(st.sampled_from("aB9é- [telpon]"), max_size=120) | st.text(max_size=60))
def test_long_words_are_those_of_all_words_that_are_long(text: str) -> None:
    assert long_words(text) == [word for word in masked_words(text) if len(word) >= 4]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(("q", "state", "due", "sort", "photo", "agency", "after", "copies")), TYPED))
def test_an_address_that_people_edited_is_never_an_error(query: dict[str, str]) -> None:
    for bound in (True, False):
        wanted = read_wanted(lambda name, most: query.get(name, "")[:most], bound=bound)
        assert wanted.order in ("due", "newest", "oldest")
        assert set(wanted.args()) <= {"q", "sort", *wanted.filters}
    assert wanted.copies == ""


def test_an_address_and_what_is_wanted_are_the_same() -> None:
    wanted = Wanted(q="lampu", state="closed", kelurahan="Baros", photo="1", sort="oldest")
    assert read_wanted(lambda name, _most: wanted.args().get(name, ""), bound=True) == wanted
    assert wanted.args(photo="") == {"q": "lampu", "state": "closed", "kelurahan": "Baros", "sort": "oldest"}
