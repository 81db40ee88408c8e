"""Complaints that become one, and one that becomes several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from services.intake import tables
from services.intake.submission import Addition, Contact
from shared.contracts.complaint import ComplaintAdded, ComplaintFollowed, ComplaintReceived
from shared.errors import Rejected
from tests.integration.case_facts import Case, hear
from tests.integration.test_intake_states import page, row_of, timeline
from tests.unit.intake.building import Intake, intake, submission


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url) as one:
        yield one


def accepted(built: Intake, who: str, text: str = "Lampu jalan padam.", **changes: Any) -> Any:
    return built.door.accept(submission(text, contact=Contact(f"{who}@example.org", "", who.title()), **changes))


def case(built: Intake, receipt: Any) -> Case:
    return Case(built, receipt.complaint_id)


def followed(built: Intake) -> list[ComplaintFollowed]:
    return [fact for fact in built.said() if isinstance(fact, ComplaintFollowed)]


def test_a_merged_complaint_follows_the_other_and_its_sender_is_told_once(built: Intake) -> None:
    first, second = accepted(built, "siti"), accepted(built, "budi", "Lampu mati juga.", language="en")
    merged = case(built, second).merged(4, first)
    hear(built, merged, merged, case(built, first).routed(2))
    (fact,) = followed(built)
    assert (fact.complaint_id, fact.follower_ticket, fact.receipt) == (first.complaint_id, second.ticket, "wanted")
    assert (fact.language, fact.text) == ("en", "Lampu mati juga.")
    events = [event for event, _ in timeline(built, second)]
    assert events == ["received", "merged", "routed"]
    assert "Diteruskan" in page(built, second)
    assert row_of(built, second)["status"] == "merged"


def test_it_follows_to_the_end_and_what_followed_it_comes_along(built: Intake) -> None:
    one, two, three = (accepted(built, who, f"Lampu {who} padam.") for who in ("satu", "dua", "tiga"))
    hear(built, case(built, two).merged(3, three), case(built, one).merged(3, two))
    assert [fact.complaint_id for fact in followed(built)] == [three.complaint_id, three.complaint_id]
    hear(built, case(built, three).routed(2))
    assert timeline(built, one)[-1][0] == timeline(built, two)[-1][0] == "routed"


def test_those_who_followed_it_before_come_along(built: Intake) -> None:
    one, two, three = (accepted(built, who, f"Lampu {who} padam.") for who in ("satu", "dua", "tiga"))
    hear(built, case(built, one).merged(3, two), case(built, two).merged(3, three), case(built, three).routed(2))
    assert timeline(built, one)[-1][0] == "routed"


def test_no_circle(built: Intake) -> None:
    one, two = accepted(built, "satu"), accepted(built, "dua", "Lampu dua padam.")
    hear(built, case(built, one).merged(3, two))
    for wrong in (case(built, two).merged(3, one), case(built, two).merged(3, two)):
        with pytest.raises(Rejected) as caught:
            hear(built, wrong)
        assert caught.value.code == "merge_cycle"
    assert row_of(built, two)["joined_to"] is None
    assert row_of(built, two)["status"] == "received"


@pytest.mark.parametrize("late", [True, False])
def test_opened_again_it_goes_its_own_way(built: Intake, late: bool) -> None:
    one, two = accepted(built, "satu"), accepted(built, "dua", "Lampu dua padam.")
    facts = [case(built, two).merged(4, one), case(built, two).reopened(5, None)]
    hear(built, *(reversed(facts) if late else facts))
    hear(built, *facts)
    row = row_of(built, two)
    assert (row["joined_to"], row["status"]) == (None, "triage")
    hear(built, case(built, two).merged(6, one))
    assert row_of(built, two)["joined_to"] == one.complaint_id


def test_what_a_follower_adds_goes_to_what_it_follows(built: Intake) -> None:
    one, two = accepted(built, "satu"), accepted(built, "dua", "Lampu dua padam.")
    hear(built, case(built, two).merged(4, one), case(built, one).asked(3))
    additions = built.service.web.view_functions["additions.add"].__self__.additions  # type: ignore[union-attr]
    wish = Addition(two.complaint_id, "addition", "sms", "gateway", "Masih padam", sender="+62812")
    first, again = additions.add(wish), additions.add(wish)
    assert (first.ticket, first.new, again.new) == (two.ticket, True, False)
    (fact,) = (fact for fact in built.said() if isinstance(fact, ComplaintAdded))
    assert (fact.complaint_id, fact.by_sender, fact.what) == (one.complaint_id, False, "addition")
    assert "Lampu yang mana?" not in page(built, two)
    assert timeline(built, two)[-1][0] == "added"


def received(built: Intake) -> list[ComplaintReceived]:
    return [fact for fact in built.said() if isinstance(fact, ComplaintReceived)]


def test_a_part_becomes_a_complaint_of_the_same_sender_once(built: Intake) -> None:
    whole = accepted(built, "siti", "Lampu padam. Selokan mampet.", identity="open", language="en")
    split = case(built, whole).split(3)
    hear(built, split, split)
    first, part = received(built)
    assert (part.text, part.channel, part.identity, part.language) == ("Selokan juga mampet.", "web", "open", "en")
    assert part.external_refs == {"split_from": whole.ticket, "split_part": "part-1"}
    assert part.receipt == "wanted"
    assert part.contact_ref != first.contact_ref
    mine = {row["complaint_id"]: row["email_key"] for row in built.rows(tables.contacts)}
    assert mine[part.complaint_id] == mine[whole.complaint_id]
    assert timeline(built, whole)[-1] == (
        "split", f"Satu bagian laporan ini menjadi laporan tersendiri dengan nomor {part.ticket}.",
    )  # fmt: skip
    assert row_of(built, whole)["status"] == "received"
    hear(built, case(built, whole).split(4, "Dan jalan berlubang.", "part-2"))
    assert len(received(built)) == 3


def test_a_part_of_what_came_without_a_contact_comes_without_one(built: Intake) -> None:
    whole = built.door.accept(submission("Lampu padam. Selokan mampet."))
    hear(built, case(built, whole).split(3))
    part = received(built)[1]
    assert (part.contact_ref, part.receipt) == (None, "no_contact")


def test_parts_share_the_photos(built: Intake) -> None:
    whole = accepted(built, "siti")
    photo = {
        "complaint_id": whole.complaint_id, "sha256": "a" * 64, "addition_id": None, "position": 0,
        "media_type": "image/jpeg", "size": 10, "width": 4, "height": 3, "preview": None,
        "added_at": built.clock.now(),
    }  # fmt: skip
    with built.database.write() as tx:
        tx.execute(tables.attachments.insert(), photo)
    hear(built, case(built, whole).split(3))
    part = received(built)[1]
    assert [one["sha256"] for one in part.attachments] == ["a" * 64]
