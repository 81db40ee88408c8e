"""Publishing at the desk: what becomes public, what never does, two people at once, and what follows by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from services.desk.cases import timeline
from services.desk.people.person import Person
from services.desk.publishing import publication
from services.desk.publishing.publisher import Ending, Outcome, Publisher, Wish
from services.desk.publishing.telling import SENTENCES
from shared.contracts.case import CasePublished, CaseUnpublished
from shared.errors import Refused
from shared.public_numbers import public_number
from tests.unit.desk.facts import decision, routed, ticket
from tests.unit.desk.world import PACK, World

PAGE = f"/cases/{ticket(1)}/publish"
COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
OTHER = Person("lain", "Lain", "coordinator")


def wish(world: World, number: int = 1, **more: Any) -> Wish:
    """A form as its sender saw it: with the digest of exactly this draft."""
    case = world.case(number)
    with world.database.read() as connection:
        last = publication.latest(connection, case.complaint_id)
    made = Wish(case.ticket, case.revision, last.revision if last else 0, "Lampu mati di Baros.", service="lampu-jalan")
    made = replace(made, **more)
    return replace(made, seen=more.get("seen", made.draft_of(case, PACK).digest))


def publish(world: World, person: Person = COORDINATOR, **more: Any) -> Outcome:
    outcome = publisher(world).publish(person, wish(world, **more))
    assert outcome is not None
    return outcome


def publisher(world: World) -> Publisher:
    return Publisher(world.service.spine, PACK)


def follow(world: World, **changes: Any) -> None:
    with world.database.write() as tx:
        publisher(world).follow(tx, replace(world.case(), **changes))


def told(world: World) -> list[str]:
    """The lines of the timeline about publishing."""
    with world.database.read() as connection:
        lines = timeline.of_case(connection, "c1")
    return [str(SENTENCES[line.act](line.data, line)) for line in lines if line.act in SENTENCES]


def facts(world: World) -> list[Any]:
    return [*world.said(CasePublished.TYPE), *world.said(CaseUnpublished.TYPE)]


def test_what_was_seen_is_said_once_with_row_timeline_and_audit(world: World) -> None:
    world.hear(routed())
    form = wish(world, answer="Sudah diganti.", point=True)
    outcome = publisher(world).publish(COORDINATOR, form)
    assert outcome is not None
    assert outcome.ending is Ending.DONE
    (fact,) = world.said(CasePublished.TYPE)
    assert (fact.revision, fact.summary, fact.answer) == (1, "Lampu mati di Baros.", "Sudah diganti.")
    assert (fact.state, fact.agency, fact.external_refs) == ("forwarded", "DISHUB", {"open311_service": "lampu-jalan"})
    assert (fact.place.kelurahan, fact.place.detail) == ("Baros", None)
    assert fact.requested_at.astimezone().minute == 0
    (row,) = world.audited("case.published")
    assert (row["actor"], row["subject"], row["details"]["number"]) == ("koordinator", ticket(1), 1)
    assert told(world) == ["Ringkasan diterbitkan untuk umum oleh Koordinator (Koordinator)"]

    again = publisher(world).publish(COORDINATOR, form)
    assert again is not None
    assert again.ending is Ending.ALREADY_DONE
    assert len(facts(world)) == 1


def test_two_coordinators_at_one_case(world: World) -> None:
    world.hear(routed())
    mine, others = wish(world), wish(world, summary="Lain.")
    assert publisher(world).publish(COORDINATOR, mine).ending is Ending.DONE  # type: ignore[union-attr]
    second = publisher(world).publish(OTHER, others)
    assert second is not None
    assert second.ending is Ending.CONFLICT
    assert second.last is not None
    assert second.last.name == "Koordinator"
    changed = publisher(world).publish(COORDINATOR, replace(mine, revision=mine.revision + 1, edition=1))
    assert changed is not None
    assert changed.ending is Ending.CONFLICT
    assert len(facts(world)) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"identity": "confidential"},
        {"agency": "DP3AP2KB"},
        {"agency": "INSPEKTORAT"},
        {"text": "Ada pelecehan di angkot."},
        {
            "decision": decision(
                reasons=[{"rule": "perempuan-dan-anak", "phrase": "x", "start": 0, "end": 1, "weight": 8}]
            )
        },
    ],
)
def test_what_is_never_public_is_refused_by_the_act_itself(world: World, more: dict[str, Any]) -> None:
    world.hear(routed(**more))
    with pytest.raises(Refused) as refused:
        publisher(world).publish(COORDINATOR, wish(world))
    assert refused.value.code == "never_public"
    page = world.logged_in("koordinator").get(PAGE)
    assert page.status_code == 200
    assert "Tidak dapat diterbitkan" in page.text
    assert 'name="summary"' not in page.text
    assert ticket(1) not in world.logged_in("koordinator").get("/publish?list=under_way").text
    assert facts(world) == []
    assert world.audited("case.published") == []


def test_only_who_may_publish_does(world: World) -> None:
    world.hear(routed())
    for role in ("officer", "head", "secretary", "operator", "auditor"):
        assert publisher(world).publish(Person("x", "X", role, "DISHUB"), wish(world)) is None
    assert publisher(world).publish(COORDINATOR, replace(wish(world), ticket="CMH-9999-9999")) is None


def test_a_change_and_a_withdrawal_need_a_reason_and_count_on(world: World) -> None:
    world.hear(routed())
    publish(world)
    with pytest.raises(Refused) as refused:
        publish(world, summary="Lampu padam.")
    assert "reason" in refused.value.fields
    publish(world, summary="Lampu padam.", reason="lebih jelas")
    with pytest.raises(Refused):
        publisher(world).unpublish(COORDINATOR, wish(world))
    taken = publisher(world).unpublish(COORDINATOR, wish(world, reason="permintaan warga"))
    assert taken is not None
    assert taken.ending is Ending.DONE
    again = publisher(world).unpublish(COORDINATOR, wish(world, reason="permintaan warga"))
    assert again is not None
    assert again.ending is Ending.ALREADY_DONE
    assert [(fact.TYPE, fact.revision) for fact in facts(world)] == [
        (CasePublished.TYPE, 1), (CasePublished.TYPE, 2), (CaseUnpublished.TYPE, 3),
    ]  # fmt: skip
    (row,) = world.audited("case.unpublished")
    assert row["reason"] == "permintaan warga"
    first, second = world.said(CasePublished.TYPE)
    assert first.published_at == second.published_at
    publish(world)  # anew
    assert world.said(CasePublished.TYPE)[-1].revision == 4


def test_what_happens_to_a_public_case_follows_and_nothing_else_is_said(world: World) -> None:
    world.hear(routed(1), routed(2))
    follow(world, state="answered")
    assert facts(world) == []  # it is not public
    publish(world)
    follow(world)
    assert len(facts(world)) == 1  # nothing public has changed
    world.clock.advance(3600)
    follow(world, state="answered", agency="DLH")
    fact = world.said(CasePublished.TYPE)[-1]
    assert (fact.revision, fact.state, fact.agency, fact.summary) == (2, "answered", "DLH", "Lampu mati di Baros.")
    assert fact.updated_at > fact.published_at
    follow(world, state="answered", agency="DLH")
    assert len(facts(world)) == 2
    assert world.audited("case.publication_followed")[0]["actor"] == "system"


def test_what_people_do_with_the_case_is_followed(world: World) -> None:
    world.hear(routed())
    publish(world)
    officer, coordinator = world.logged_in("petugas.dishub"), world.logged_in("koordinator")
    form = {"revision": str(world.case().revision), "answer": "Yth. Pak Budi,\nLampu sudah diganti.", "close": "no"}
    assert officer.post(f"/cases/{ticket(1)}/answer", **form).status_code == 303
    assert [fact.state for fact in world.said(CasePublished.TYPE)][-1] == "answered"
    assert {fact.answer for fact in world.said(CasePublished.TYPE)} == {""}  # nobody has published the answer
    assert "Lampu sudah diganti." in coordinator.get(PAGE).text
    form = {"revision": str(world.case().revision), "agency": "DP3AP2KB", "reason": "ada korban"}
    assert coordinator.post(f"/cases/{ticket(1)}/assign", **form).status_code == 303
    assert len(world.said(CaseUnpublished.TYPE)) == 1


def test_a_step_that_changes_nothing_public_asks_nothing(world: World) -> None:
    world.hear(routed())
    publish(world)
    case = world.case()
    with world.database.write() as tx:
        publisher(world).follow_step(tx, case, replace(case, urgent=True, updated_at=world.clock.now()))
        publisher(world).follow_step(tx, case, replace(case, state="in_progress"))
    assert [fact.state for fact in facts(world)] == ["forwarded", "in_progress"]


@pytest.mark.parametrize(
    "change",
    [{"identity": "confidential"}, {"agency": "DP3AP2KB"}, {"state": "archived"}, {"state": "withdrawn"}],
)
def test_what_may_no_longer_be_public_is_taken_back_by_itself(world: World, change: dict[str, Any]) -> None:
    world.hear(routed())
    publish(world)
    follow(world, **change)
    with world.database.write() as tx:  # a second time there is nothing to take back
        assert not publisher(world).withdraw_if_not_public(tx, replace(world.case(), **change))
    (fact,) = world.said(CaseUnpublished.TYPE)
    assert fact.revision == 2
    assert told(world)[-1] == "Ringkasan ditarik dari umum dengan sendirinya"
    (row,) = world.audited("case.unpublished")
    assert row["actor"] == "system"
    assert row["reason"]


def test_a_point_is_coarse_and_only_with_leave(world: World) -> None:
    place = replace(routed().place, latitude=-6.88412, longitude=107.54123)
    world.hear(routed(place=place))
    publish(world, point=True)
    publish(world, point=False, reason="tanpa titik")
    with_point, without = world.said(CasePublished.TYPE)
    assert with_point.place.latitude not in (None, -6.88412)
    assert without.place.latitude is without.place.longitude is None


def form_of(page: str) -> dict[str, str]:
    """What the page's form would send as it stands."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    for name, text in re.findall(r'<textarea id="\w+" name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL):
        found[name] = text
    found["service"] = next(iter(re.findall(r'<option value="([\w-]+)" selected>', page)), "")
    return {name: unescape(value) for name, value in found.items() if name != "csrf_token"}


def test_a_coordinator_takes_the_suggestion_in_one_click(world: World) -> None:
    world.hear(routed())
    visitor = world.logged_in("koordinator")
    listed = visitor.get("/publish?list=under_way").text
    assert ticket(1) in listed
    assert "0812-3456-7890" not in listed
    page = visitor.get(f"{PAGE}?list=under_way").text
    assert '<mark title="nomor telepon">0812-3456-7890</mark>' in page
    answer = visitor.post(PAGE, **form_of(page), do="publish")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/publish?list=under_way")
    (fact,) = world.said(CasePublished.TYPE)
    assert "0812" not in fact.summary
    assert "contoh.id" not in fact.summary
    assert public_number("c1") in visitor.get("/publish?list=under_way").text  # told once
    assert ticket(1) not in visitor.get("/publish?list=under_way").text
    assert public_number("c1") in visitor.get("/publish?list=public").text


def test_what_was_changed_is_shown_before_it_is_public(world: World) -> None:
    world.hear(routed())
    visitor = world.logged_in("koordinator")
    form = form_of(visitor.get(PAGE).text) | {"summary": "Pak Budi melapor <b>lampu</b> mati."}
    unseen = visitor.post(PAGE, **form, do="publish")
    assert unseen.status_code == 422
    assert "Periksa pratinjaunya" in unseen.text
    assert "&lt;b&gt;" in unseen.text
    assert "<b>lampu" not in unseen.text
    unchecked = visitor.post(PAGE, **form_of(unseen.text), do="publish")
    assert unchecked.status_code == 422
    assert "Periksa bagian yang ditandai" in unchecked.text
    assert facts(world) == []
    done = visitor.post(PAGE, **form_of(unchecked.text), checked="yes", do="publish")
    assert done.status_code == 303
    assert world.said(CasePublished.TYPE)[0].summary == "Pak Budi melapor <b>lampu</b> mati."
    assert visitor.post(PAGE, **form_of(unchecked.text), checked="yes", do="publish").status_code == 303
    assert len(facts(world)) == 1


def test_who_comes_second_keeps_what_was_typed_and_sees_what_changed(world: World) -> None:
    world.hear(routed())
    visitor = world.logged_in("koordinator")
    form = form_of(visitor.get(PAGE).text) | {"summary": "Yang saya tulis."}
    publish(world, OTHER, summary="Yang lain tulis.")
    page = visitor.post(PAGE, **form, do="publish")
    assert page.status_code == 409
    assert "Yang saya tulis." in page.text
    assert "Yang lain tulis." in page.text
    assert "Lain" in page.text
    taken = visitor.post(PAGE, **form_of(page.text), reason="lebih tepat", do="publish")
    assert taken.status_code == 303
    assert world.said(CasePublished.TYPE)[-1].summary == "Yang saya tulis."


def test_passing_over_and_taking_back_on_the_pages(world: World) -> None:
    world.hear(routed(1), routed(2))
    visitor = world.logged_in("koordinator")
    assert visitor.post(f"/cases/{ticket(1)}/pass", revision="2", edition="0").status_code == 303
    assert "dilewati" in visitor.get("/publish?list=passed").text
    assert ticket(1) not in visitor.get("/publish?list=under_way").text
    assert facts(world) == []
    publish(world, number=2)
    missing = visitor.post(f"/cases/{ticket(2)}/unpublish", revision="2", edition="1")
    assert missing.status_code == 422
    assert "Tulis alasannya" in missing.text
    assert visitor.post(f"/cases/{ticket(2)}/pass", revision="2", edition="1").status_code == 422
    assert visitor.post(f"/cases/{ticket(2)}/unpublish", revision="2", edition="1", reason="keliru").status_code == 303
    assert "keliru" in visitor.get("/publish?list=withdrawn").text


def test_the_list_pages_through_all_once_and_shows_nothing_private(world: World) -> None:
    private: tuple[dict[str, Any], ...] = (
        {"identity": "confidential"},
        {"agency": "DP3AP2KB"},
        {"text": "Ada pelecehan."},
        {},
        {},
    )
    world.hear(*(routed(n, **private[n % 5]) for n in range(1, 121)))
    visitor, found, path = world.logged_in("koordinator"), [], "/publish?list=under_way"
    for _ in range(10):
        page = visitor.get(path).text
        found += re.findall(r'class="ticket" href="/cases/(CMH[\w-]+)/publish', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    assert sorted(found) == sorted(ticket(n) for n in range(1, 121) if n % 5 > 2)
