"""The second door: more about a known complaint, stored once, on both databases, whoever comes at once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.intake import tables
from services.intake.additions import MOST_ADDITIONS, Additions
from services.intake.submission import Added, Addition, KeptPhoto, KeptRaw
from shared.contracts.complaint import ComplaintAdded, ComplaintFollowed
from shared.errors import Refused
from tests.integration.test_intake_accept import at_once
from tests.unit.intake.building import Intake, intake, submission

PHOTO = KeptPhoto("a" * 64, "image/jpeg", 9000, 800, 600, "b" * 64)
OTHER = replace(PHOTO, sha256="c" * 64)


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url) as one:
        yield one


def additions(built: Intake) -> Additions:
    return Additions(built.service.spine, built.door.vault, built.door.zone)


def addition(complaint_id: str, text: str = "Sekarang tiangnya juga miring.", **more: Any) -> Addition:
    return replace(Addition(complaint_id, "addition", "email", "smtp", text, sender="siti@example.org"), **more)


def added_facts(built: Intake) -> list[ComplaintAdded]:
    return [fact for fact in built.said() if isinstance(fact, ComplaintAdded)]


def test_an_addition_is_stored_numbered_and_says_all_that_was_said(built: Intake) -> None:
    first = built.door.accept(submission("Lampu mati di Cibeber.", photos=(PHOTO,), provider_id="m1"))
    one = additions(built).add(addition(first.complaint_id, photos=(OTHER, PHOTO), provider_id="m2", raw=_raw()))
    two = additions(built).add(addition(first.complaint_id, "", what="not_solved", provider_id="m3"))
    assert (one.number, two.number, one.ticket) == (1, 2, first.ticket)
    facts = added_facts(built)
    assert [fact.text for fact in facts] == ["Lampu mati di Cibeber.\n\nSekarang tiangnya juga miring."] * 2
    assert [fact.addition for fact in facts] == ["Sekarang tiangnya juga miring.", ""]
    assert [photo["sha256"][0] for photo in facts[0].photos] == ["c", "a"]
    assert [photo["sha256"][0] for photo in facts[0].attachments] == ["a", "c"]
    events = [row["event"] for row in built.rows(tables.timeline)]
    assert sorted(events) == ["added.1", "added.2", "received"]
    assert sorted(row["sha256"][0] for row in built.rows(tables.attachments)) == ["a", "c"]
    (raw,) = built.rows(tables.raw_messages)
    assert (raw["complaint_id"], raw["addition_id"]) == (first.complaint_id, one.addition_id)


def test_the_same_message_is_one_addition_also_when_it_comes_at_once(built: Intake) -> None:
    first = built.door.accept(submission(provider_id="m1"))
    same = addition(first.complaint_id, provider_id="m2")
    results = at_once(6, lambda _: additions(built).add(same))
    assert {type(one) for one in results} == {Added}
    assert len({one.addition_id for one in results}) == 1
    assert sum(one.new for one in results) == 1
    assert len(added_facts(built)) == 1


def test_additions_at_once_are_numbered_without_gaps(built: Intake) -> None:
    first = built.door.accept(submission(provider_id="m1"))

    def work(number: int) -> Added:
        return additions(built).add(addition(first.complaint_id, f"Tambahan {number}.", provider_id=f"a{number}"))

    assert sorted(one.number for one in at_once(6, work)) == [1, 2, 3, 4, 5, 6]


def test_a_promised_key_with_other_words_is_refused_and_without_promise_is_another_addition(built: Intake) -> None:
    first = built.door.accept(submission(provider_id="m1"))
    promised = addition(first.complaint_id, provider_id="key", same_id_same_content=True)
    assert additions(built).add(promised).new
    assert not additions(built).add(promised).new
    with pytest.raises(Refused, match="Kunci"):
        additions(built).add(replace(promised, text="Lain sama sekali."))
    free = addition(first.complaint_id, provider_id="mail")
    assert [additions(built).add(one).number for one in (free, replace(free, text="Lain sama sekali."))] == [2, 3]


def test_what_cannot_be_added_is_refused_and_changes_nothing(built: Intake) -> None:
    first = built.door.accept(submission(provider_id="m1"))
    for given, code in (
        (addition(first.complaint_id, " \n "), "empty_text"),
        (addition("nobody"), "unknown_complaint"),
    ):
        with pytest.raises(Refused) as caught:
            additions(built).add(given)
        assert caught.value.code == code
    assert built.rows(tables.additions) == []
    assert len(built.rows(tables.seen)) == 1
    for number in range(MOST_ADDITIONS):
        additions(built).add(addition(first.complaint_id, f"Tambahan {number}", provider_id=f"a{number}"))
    with pytest.raises(Refused, match="laporan baru"):
        additions(built).add(addition(first.complaint_id, "Satu lagi", provider_id="last"))


def test_a_long_text_is_cut_and_marked(built: Intake) -> None:
    first = built.door.accept(submission(provider_id="m1"))
    additions(built).add(addition(first.complaint_id, "panjang " * 5000))
    (row,) = built.rows(tables.additions)
    assert (row["flags"], len(row["text"])) == (["shortened"], 10_000)


def test_who_joins_gets_a_number_of_his_own_and_the_fact_says_whom_he_joined(built: Intake) -> None:
    first = built.door.accept(submission(provider_id="m1"))
    joining = built.door.accept(submission("Sama, gelap sekali.", provider_id="m2", joined_to=first.complaint_id))
    assert joining.ticket != first.ticket
    (fact,) = [fact for fact in built.said() if isinstance(fact, ComplaintFollowed)]
    assert (fact.complaint_id, fact.ticket) == (first.complaint_id, first.ticket)
    assert (fact.follower_id, fact.follower_ticket, fact.text) == (
        joining.complaint_id, joining.ticket, "Sama, gelap sekali.",
    )  # fmt: skip
    assert len(built.said()) == 2


def _raw() -> KeptRaw:
    return KeptRaw("d" * 64, 1234)
