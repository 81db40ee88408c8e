"""Handing a case over: said once, explained, and never taken from somebody who was faster."""

from dataclasses import replace

from services.desk.tables import agencies, audit
from shared.contracts.case import CaseAssigned
from shared.contracts.fields import AttachmentFields, Place
from tests.unit.desk.facts import TEXT, decision, routed, ticket, unrouted
from tests.unit.desk.world import World

PATH = f"/cases/{ticket(1)}/assign"
FORM = {"agency": "DPUPR", "reason": "tiangnya milik PU", "revision": "2"}

PHOTO: AttachmentFields = {"sha256": "a" * 64, "media_type": "image/jpeg", "size": 1000}


def test_handing_over_says_one_fact_with_all_that_a_listener_needs(world: World) -> None:
    world.hear(unrouted(external_refs={"sp4n": "9165816"}, attachments=[PHOTO]))
    answer = world.logged_in("koordinator").post(PATH, **FORM)
    assert (answer.status_code, answer.location) == (303, f"/cases/{ticket(1)}")
    (event,) = world.said(CaseAssigned.TYPE)
    heard = unrouted(external_refs={"sp4n": "9165816"}, attachments=[PHOTO])
    assert event == CaseAssigned(
        **{name: getattr(heard, name) for name in ("complaint_id", "ticket", "text", "channel", "kind", "identity")},
        **{name: getattr(heard, name) for name in ("place", "contact_ref", "received_at", "external_refs")},
        attachments=heard.attachments, revision=3, agency="DPUPR", assignment=1, assigned_at=event.assigned_at,
        reason="tiangnya milik PU", role="coordinator",
    )  # fmt: skip
    case = world.case()
    assert (case.state, case.agency, case.assigned_by, case.revision) == ("forwarded", "DPUPR", "person", 3)
    (row,) = world.audited("case.assign")
    assert (row["actor"], row["role"], row["subject"]) == ("koordinator", "coordinator", ticket(1))
    assert row["details"] == {"agency": "DPUPR", "before": None, "assignment": 1}
    assert TEXT not in str(row)


def test_the_same_form_again_does_nothing_twice(world: World) -> None:
    world.hear(unrouted())
    visitor = world.logged_in("koordinator")
    answers = [visitor.post(PATH, **FORM).status_code for _ in range(3)]
    assert answers == [303, 303, 303]
    assert len(world.said(CaseAssigned.TYPE)) == len(world.audited("case.assign")) == 1
    assert "Tidak ada yang dikirim dua kali" in visitor.get("/triage").text


def test_the_second_of_two_learns_who_was_first(world: World) -> None:
    world.hear(unrouted())
    first, second = world.logged_in("koordinator"), world.logged_in("sekretaris")
    assert first.post(PATH, **FORM).status_code == 303
    for agency in ("DLH", "DPUPR"):
        answer = second.post(PATH, **FORM | {"agency": agency})
        assert answer.status_code == 409
        assert "Dinas Pekerjaan Umum dan Penataan Ruang" in answer.text
        assert "Koordinator Pengaduan" in answer.text
    assert len(world.said(CaseAssigned.TYPE)) == 1
    assert world.case().agency == "DPUPR"


def test_a_form_older_than_a_fact_of_the_router_is_not_taken(world: World) -> None:
    world.hear(unrouted())
    visitor = world.logged_in("koordinator")
    world.hear(routed(revision=3))
    answer = visitor.post(PATH, **FORM)
    assert answer.status_code == 409
    assert "berubah sejak Anda membuka" in answer.text
    assert not world.said(CaseAssigned.TYPE)


def test_a_second_handing_over_counts_on(world: World) -> None:
    world.hear(routed())
    visitor = world.logged_in("koordinator")
    assert visitor.post(PATH, **FORM).status_code == 303
    assert visitor.post(PATH, **FORM | {"agency": "DLH", "revision": "3"}).status_code == 303
    assert [(event.assignment, event.revision, event.agency) for event in world.said(CaseAssigned.TYPE)] == [
        (2, 3, "DPUPR"), (3, 4, "DLH"),
    ]  # fmt: skip
    assert "Diserahkan dari DPUPR ke DLH" in visitor.get(f"/cases/{ticket(1)}").text
    assert ticket(1) not in world.logged_in("petugas.dishub").get("/cases").text


def test_what_cannot_be_taken_is_told_beside_its_field(world: World) -> None:
    world.hear(routed(place=Place()))
    visitor = world.logged_in("koordinator")
    for change, sentence in (
        ({"agency": ""}, "Pilih instansi dari daftar"),
        ({"agency": "NIRWANA"}, "Pilih instansi dari daftar"),
        ({"agency": "DISHUB"}, "sudah berada di instansi itu"),
        ({"agency": "KELURAHAN"}, "Kantor ini ada di setiap kelurahan"),
        ({"agency": "KELURAHAN", "kelurahan": "Nirwana"}, "Kantor ini ada di setiap kelurahan"),
        ({"reason": " "}, "Tulis alasan singkat"),
        ({"reason": "x" * 501}, "paling panjang 500"),
    ):
        answer = visitor.post(PATH, **FORM | change)
        assert answer.status_code == 422, change
        assert answer.text.count(sentence) == 2, "in the summary and beside the field"
        assert 'aria-invalid="true"' in answer.text
    assert visitor.post(PATH, **FORM | {"revision": "-1"}).status_code == 400
    assert not world.said(CaseAssigned.TYPE)


def test_an_agency_that_is_no_longer_valid_cannot_be_chosen(world: World) -> None:
    world.hear(unrouted())
    with world.database.write() as tx:
        tx.execute(agencies.update().where(agencies.c.code == "DPUPR").values(valid_to=world.clock.now()))
    visitor = world.logged_in("koordinator")
    assert '<option value="DPUPR"' not in visitor.get("/triage").text
    assert visitor.post(PATH, **FORM).status_code == 422


def test_the_form_may_say_where_it_is_when_the_office_of_a_place_is_chosen(world: World) -> None:
    world.hear(unrouted(place=Place(detail="dekat pos RW 7")))
    visitor = world.logged_in("koordinator")
    assert visitor.post(PATH, **FORM | {"agency": "KELURAHAN", "kelurahan": "Melong"}).status_code == 303
    (event,) = world.said(CaseAssigned.TYPE)
    assert event.place == Place("Cimahi Selatan", "Melong", "dekat pos RW 7")
    world.hear(replace(routed(revision=9), place=Place()))
    assert world.case().kelurahan == "Melong", "the place that goes with the office stays as well"


def test_what_rules_propose_takes_one_button(world: World) -> None:
    world.hear(unrouted(reason="external_confirmation", decision=decision(agency="EXT_PLN")))
    visitor = world.logged_in("koordinator")
    page = visitor.get("/triage").text
    assert "Setujui rujukan ke PT PLN (Persero) UP3 Cimahi" in page
    assert "perlu persetujuan Anda" in page
    form = {"agency": "EXT_PLN", "revision": "2", "suggested": "yes", "back": "triage"}
    answer = visitor.post(PATH, **form)
    assert (answer.status_code, answer.location) == (303, "/triage")
    (event,) = world.said(CaseAssigned.TYPE)
    assert (event.agency, event.reason) == ("EXT_PLN", "Usulan aturan disetujui.")
    assert "Tidak ada laporan yang menunggu" in visitor.get("/triage").text


def test_an_undone_transaction_says_nothing(world: World) -> None:
    world.hear(unrouted())
    visitor = world.logged_in("koordinator")
    with world.database.engine.begin() as connection:
        audit.drop(connection)
    assert visitor.post(PATH, **FORM).status_code == 500
    assert world.case().state == "triage"
    assert not world.said(CaseAssigned.TYPE)
