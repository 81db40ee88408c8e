"""Pages in the reader's language: what a template prints, moments and numbers, what is said on the next page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, flash, render_template_string, request
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.case import CaseAcknowledged
from shared.contracts.registry import dump
from shared.sentences import counted, sentence, translated, within
from shared.web.languages import Languages, available

AT = datetime(2026, 8, 24, 2, 5, tzinfo=UTC)
ENGLISH = {
    "Menunggu": "Waiting",
    "Diserahkan ke %(agency)s.": "Given to %(agency)s.",
    "%(number)s kali (%(state)s)": "%(number)s times (%(state)s)",
    "%(date)s pukul %(time)s %(zone)s": "%(date)s at %(time)s %(zone)s",
}
PAGE = (
    "{{ language }} {{ direction }}|{{ waiting }}|{{ waiting | within | said }}|{{ given }}|{{ at | local_moment }}|"
    "{{ at | local_time }}|{{ 1234.5 | number }}|"
    "{{ _('Diserahkan ke %(agency)s.', agency=waiting) }}|{{ _('<%(source)s>', source='<') }}|"
    "{% for one in get_flashed_messages() %}{{ one }}{% endfor %}"
)


@pytest.fixture(scope="module")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """English and a language without words of its own that is written from the right."""
    folder: Path = tmp_path_factory.mktemp("translations")
    for code, words in (("en", ENGLISH), ("ar", {})):
        catalogue = Catalog(locale=code)
        for source, said in words.items():
            catalogue.add(source, said)
        (folder / code / "LC_MESSAGES").mkdir(parents=True)
        with (folder / code / "LC_MESSAGES" / "messages.mo").open("wb") as file:
            write_mo(file, catalogue)
    return folder


@pytest.fixture
def visitor(translations: Path) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    app.secret_key = "x" * 32
    Languages(ZoneInfo("Asia/Jakarta"), available(translations), translations, "its_language").install(app)

    @app.route("/", methods=["GET", "POST"])
    def page() -> str:
        if request.method == "POST":
            flash(sentence("%(number)s kali (%(state)s)", number=1200, state=within(sentence("Menunggu"))))
            return ""
        given_to = sentence("Diserahkan ke %(agency)s.", agency="<DLH>")
        return render_template_string(PAGE, waiting=sentence("Menunggu"), given=given_to, at=AT)

    with app.test_client() as client:
        yield client


def test_a_page_says_sentences_moments_and_numbers_in_the_first_language(visitor: FlaskClient) -> None:
    assert visitor.get("/").text == (
        "id ltr|Menunggu|menunggu|Diserahkan ke &lt;DLH&gt;.|24 Agu 2026, 09.05 WIB|"
        "24 Agustus 2026 pukul 09.05 WIB|1.234,5|Diserahkan ke Menunggu.|<&lt;>|"
    )


def test_a_page_says_sentences_moments_and_numbers_in_another_language(visitor: FlaskClient) -> None:
    assert visitor.get("/?lang=en").text == (
        "en ltr|Waiting|waiting|Given to &lt;DLH&gt;.|24 Aug 2026, 09:05 WIB|"
        "August 24, 2026 at 9:05\N{NO-BREAK SPACE}AM WIB|1,234.5|Given to Waiting.|<&lt;>|"
    )
    assert visitor.get("/").text.startswith("en "), "the choice is kept"
    kept = visitor.get_cookie("its_language")
    assert kept is not None
    assert kept.value == "en"
    assert visitor.get("/?lang=ar").text.startswith("ar rtl|")


def test_what_is_said_on_the_next_page_is_said_in_the_language_of_that_page(visitor: FlaskClient) -> None:
    visitor.post("/")
    assert visitor.get("/?lang=en").text.endswith("1,200 times (waiting)")
    visitor.post("/")
    assert visitor.get("/?lang=id").text.endswith("1.200 kali (menunggu)")


def test_a_sentence_in_a_fact_is_plain_text() -> None:
    fact = CaseAcknowledged(
        complaint_id="c1", ticket=sentence("CMH-%(number)s", number=1), agency="DLH", assignment=1, acknowledged_at=AT
    )
    assert (dump(fact)["ticket"], type(dump(fact)["ticket"])) == ("CMH-1", str)


def test_a_third_language_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "su" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "su" / "LC_MESSAGES" / "messages.mo").write_bytes(b"")
    assert [(one.code, one.name) for one in available(tmp_path)] == [("id", "Indonesia"), ("su", "Basa Sunda")]


@pytest.mark.parametrize(
    ("word", "inside"),
    [("Surel", "surel"), ("SMS", "SMS"), ("WhatsApp", "WhatsApp"), ("Open311", "Open311"), ("", ""), ("A", "a")],
)
def test_a_word_within_a_sentence_begins_small_unless_it_is_a_name(word: str, inside: str) -> None:
    assert within(word) == inside
    assert within(sentence(word)) == inside


@given(st.text(max_size=40))
def test_within_is_said_within_in_every_language(value: str) -> None:
    said = within(sentence("Oleh %(who)s", who=value))
    assert str(said) == f"oleh {value}"
    assert translated(said, lambda source: source.replace("Oleh", "By"), counted) == f"by {value}"
