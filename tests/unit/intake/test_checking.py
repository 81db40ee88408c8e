from dataclasses import replace

import pytest

from services.intake.areas import Areas
from services.intake.checking import Checker
from services.intake.submission import MOST_TEXT_CHARACTERS, Contact, Submission
from shared.contracts.fields import Place
from shared.errors import Refused
from tests.unit.intake.building import small_city, submission

CHECKER = Checker(Areas.of(small_city()))


def refused(given: Submission) -> Refused:
    with pytest.raises(Refused) as caught:
        CHECKER.check(given)
    return caught.value


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        (submission(" \u200b\n"), "text", "empty_text"),
        (submission("a" * (MOST_TEXT_CHARACTERS + 1)), "text", "text_too_long"),
        (submission("a" * 1_000_000), "text", "text_too_long"),
        (submission(place=Place(kelurahan="Atlantis")), "kelurahan", "unknown_place"),
        (submission(place=Place(kecamatan="Atlantis")), "kecamatan", "unknown_place"),
        (submission(place=Place("Cimahi Tengah", "Cibeber")), "kelurahan", "unknown_place"),
        (submission(place=Place(detail="x" * 501)), "detail", "detail_too_long"),
        (submission(contact=Contact(phone="bukan nomor")), "phone", "bad_phone"),
        (submission(contact=Contact(email="bukan alamat")), "email", "bad_email"),
        (submission(contact=Contact(name="x" * 201)), "name", "name_too_long"),
        (submission(kind="keluhan"), "kind", "unknown_kind"),
        (submission(identity="hidden"), "identity", "unknown_identity"),
    ],
)
def test_each_refusal_has_a_code_and_a_sentence_at_its_field(given: Submission, field: str, code: str) -> None:
    error = refused(given)
    assert error.code == code
    assert list(error.fields) == [field]
    assert error.fields[field].endswith(".")
    assert error.status == 422


def test_all_problems_are_told_at_once() -> None:
    error = refused(submission("", contact=Contact(email="x", phone="y")))
    assert error.code == "several_problems"
    assert set(error.fields) == {"text", "email", "phone"}


def test_places_are_read_as_people_write_them() -> None:
    checked = CHECKER.check(submission(place=Place(kelurahan=" KARANG  mekar", detail=" Jl.\nMawar ")))
    assert checked.place == Place("Cimahi Tengah", "Karangmekar", "Jl. Mawar")


def test_exactly_as_long_as_allowed() -> None:
    assert len(CHECKER.check(submission("a" * MOST_TEXT_CHARACTERS)).text) == MOST_TEXT_CHARACTERS


def test_a_long_mail_is_cut_and_marked() -> None:
    for length in (MOST_TEXT_CHARACTERS + 1, 1_000_000):
        checked = CHECKER.check(submission("a" * length, cut_long_text=True))
        assert len(checked.text) <= MOST_TEXT_CHARACTERS
        assert "dipotong" in checked.text
        assert checked.flags == ("shortened",)


def test_what_a_carrier_reports_is_dropped_rather_than_refused() -> None:
    given = submission(contact=Contact(email="x", phone="y", name="n" * 300, reply_to="z"), carrier_contact=True)
    assert CHECKER.check(given).contact == Contact(name="n" * 200)


def test_checking_twice_changes_nothing() -> None:
    once = CHECKER.check(submission(" Halo\r\n", contact=Contact("A@B.id", "0812 3456 7890", " Siti ")))
    assert CHECKER.check(once) == replace(once)
