"""The directory at the desk: who sees and changes what, two at once, and every bad input answered in words."""

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.desk.directory import repository as agencies
from services.desk.directory.connections import AWAY, NO_ANSWER, REFUSED, Tried
from services.desk.directory.repository import Entry
from shared.contracts.agency import AgencyChanged
from tests.unit.desk.facts import routed
from tests.unit.desk.world import LOGINS, PACK, World

FORM = {
    "revision": "1", "name": "Dinas Perhubungan", "kind": "internal", "aliases": "dinas perhubungan, perhubungan",
    "public_contact": "", "email": "dishub@cimahi.example", "sms": "", "webhook": "", "order_email": "",
    "language": "", "reminders": "yes", "valid_from": "", "valid_to": "", "successor": "",
}  # fmt: skip
SUCCESSION = {"valid_to": "2026-11-23", "successor": "DPUPR"}


def entry(world: World, code: str = "DISHUB") -> Entry:
    with world.database.read() as connection:
        found = agencies.one(connection, code)
    assert found is not None
    return found


def said(world: World) -> list[AgencyChanged]:
    return world.said(AgencyChanged.TYPE)[len(PACK.agencies) :]


def form(**changes: str) -> dict[str, str]:
    return FORM | changes


def text_of(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_everyone_sees_the_list_and_finds_an_agency_by_what_people_call_it(world: World) -> None:
    world.hear(routed(1), routed(2))
    visitor = world.logged_in(LOGINS["officer"])
    found = text_of(visitor.get("/agencies?q=perhubungan"))
    assert "Dinas Perhubungan DISHUB" in found
    assert "Kepala DISHUB (peragaan)" in found
    assert "2 laporan terbuka" in found
    assert "DPUPR" not in found
    assert "Tidak ada instansi yang cocok." in text_of(visitor.get("/agencies?q=tidak+ada+ini"))
    outside = text_of(visitor.get("/agencies?kind=external"))
    assert "telepon 123" in outside
    assert "Dinas" not in outside


def test_officers_read_no_logins_and_change_nothing(world: World) -> None:
    visitor = world.logged_in(LOGINS["officer"])
    page = visitor.get("/agencies/DISHUB").text
    assert "Kepala DISHUB" in page
    for hidden in ("kepala.dishub", "Ubah", "Tambah orang", "Catat cuti", "Token untuk"):
        assert hidden not in page
    assert visitor.get("/agencies/DISHUB/edit").status_code == 403
    assert visitor.post("/agencies/DISHUB/edit", **form()).status_code == 403
    assert visitor.post("/agencies/DISHUB/leave", login="x").status_code == 403
    assert visitor.get("/agencies/NOWHERE").status_code == 404


def test_a_change_is_said_audited_and_shown(world: World) -> None:
    visitor = world.logged_in(LOGINS["coordinator"])
    wish = form(name="Dinas Angkutan", sms="+62 812-3456-7890", order_email="2", public_contact="022 123")
    answer = visitor.post("/agencies/DISHUB/edit", **wish, order_sms="1")
    assert answer.status_code == 303, text_of(answer)
    (event,) = said(world)
    assert (event.name, event.revision, event.public_contact) == ("Dinas Angkutan", 2, "022 123")
    assert event.endpoints == {"email": "dishub@cimahi.example", "sms": "+6281234567890"}
    assert event.channels == ["sms", "email"]
    (row,) = world.audited("agency.edit")
    assert (row["actor"], row["subject"]) == ("koordinator", "DISHUB")
    assert row["details"] == {"revision": 2, "fields": ["channels", "endpoints", "name", "public_contact"]}
    page = text_of(visitor.get("/agencies/DISHUB"))
    assert "Nama: Dinas Perhubungan → Dinas Angkutan" in page
    assert "Berbeda dari paket kota" in page
    assert "di paket: Dinas Perhubungan" in page


def test_the_same_form_twice_changes_once(world: World) -> None:
    visitor = world.logged_in(LOGINS["coordinator"])
    for _ in range(2):
        assert visitor.post("/agencies/DISHUB/edit", **form(name="Dinas Angkutan")).status_code == 303
    assert len(said(world)) == 1
    assert "Tidak ada yang berubah" in visitor.get("/agencies/DISHUB").text


def test_the_second_of_two_sees_what_changed_and_loses_nothing(world: World) -> None:
    world.logged_in(LOGINS["coordinator"]).post("/agencies/DISHUB/edit", **form(name="Dinas Angkutan"))
    second = world.logged_in(LOGINS["operator"])
    answer = second.post("/agencies/DISHUB/edit", **form(email="baru@dishub.example"))
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Orang lain mengubah" in page
    assert "Nama: Dinas Perhubungan → Dinas Angkutan" in page
    assert entry(world).endpoints["email"] == "dishub@cimahi.example"
    assert 'value="baru@dishub.example"' in answer.text, "what was typed is kept"
    assert 'value="Dinas Angkutan"' in answer.text, "what was left alone is as the first one made it"
    assert 'name="revision" value="2"' in answer.text
    again = second.post(
        "/agencies/DISHUB/edit", **form(revision="2", name="Dinas Angkutan", email="baru@dishub.example")
    )  # fmt: skip
    assert again.status_code == 303
    assert (entry(world).name, entry(world).endpoints["email"]) == ("Dinas Angkutan", "baru@dishub.example")


BAD = [
    ({"name": ""}, "Isi nama"),
    ({"name": "x" * 300}, "paling panjang 200 huruf"),
    ({"kind": "other"}, "Pilih: perangkat daerah"),
    ({"kind": "external"}, "Isi cara warga menghubungi"),
    ({"public_contact": "x" * 301}, "Paling panjang 300 huruf"),
    ({"email": "a@b.example\nBcc: c@d.example"}, "bukan alamat surel"),
    ({"email": "bukan surel"}, "bukan alamat surel"),
    ({"sms": "nol delapan"}, "bukan nomor telepon"),
    ({"webhook": "https://127.0.0.1/x"}, "tidak berada di internet umum"),
    ({"webhook": "http://sistem.example/x"}, "harus diawali https"),
    ({"webhook": "https://a:b@sistem.example/x"}, "nama pengguna atau sandi"),
    ({"webhook": "javascript:alert(1)"}, "harus diawali https"),
    ({"aliases": ",".join(f"s{number}" for number in range(10_000))}, "Paling banyak 50 sebutan; di sini ada 10.000"),
    ({"aliases": "x" * 61}, "paling panjang 60 huruf"),
    ({"order_email": "7"}, "Urutan saluran tidak dikenal"),
    ({"order_email": "off"}, "Pakai sedikitnya satu saluran"),
    ({"language": "xx"}, "Belum ada kata-kata"),
    ({"valid_from": "2026-12-31", "valid_to": "2026-12-30", "successor": "-"}, "lebih awal daripada hari pertama"),
    ({"valid_to": "besok", "successor": "-"}, "bukan tanggal"),
    ({"valid_to": "2026-12-31"}, "Pilih instansi penggantinya"),
    ({"valid_to": "2026-12-31", "successor": "DISHUB"}, "menggantikan dirinya sendiri"),
    ({"valid_to": "2026-12-31", "successor": "NOWHERE"}, "tidak ada di direktori"),
]


def test_every_bad_input_is_told_at_its_field_and_nothing_changes(world: World) -> None:
    visitor = world.logged_in(LOGINS["coordinator"])
    for changes, told in BAD:
        answer = visitor.post("/agencies/DISHUB/edit", **form(**changes))
        assert answer.status_code == 422, changes
        assert told in text_of(answer), changes
    twice = visitor.post("/agencies/DISHUB/edit", **form(sms="08123", order_email="1"), order_sms="1")
    assert "memakai urutan yang sama" in text_of(twice)
    assert visitor.post("/agencies/DISHUB/edit", **form(revision="x")).status_code == 400
    assert said(world) == []


def test_markup_in_a_name_stays_text(world: World) -> None:
    visitor = world.logged_in(LOGINS["coordinator"])
    evil = "<script>alert(1)</script>"
    assert visitor.post("/agencies/DISHUB/edit", **form(name=evil, aliases=evil)).status_code == 303
    for path in ("/agencies", "/agencies/DISHUB", "/agencies/DISHUB/edit", "/cases"):
        assert "<script>alert" not in visitor.get(path).text, path


def test_the_last_way_may_go_and_that_is_told(world: World) -> None:
    visitor = world.logged_in(LOGINS["coordinator"])
    visitor.post("/agencies/DISHUB/edit", **form(email=""))
    page = visitor.get("/agencies/DISHUB").text
    assert "Kini tidak ada saluran ke" in page
    assert "hanya masuk ke meja kerja" in page
    assert entry(world).endpoints == {}


def test_a_new_agency_comes_in_once(world: World) -> None:
    visitor = world.logged_in(LOGINS["operator"])
    assert visitor.get("/agencies/new").status_code == 200
    wish = form(code="bapperida2", name="Badan Baru", aliases="badan baru", places="")
    for _ in range(2):
        assert visitor.post("/agencies/new", **wish).status_code == 303
    (event,) = said(world)
    assert (event.code, event.name, event.revision) == ("BAPPERIDA2", "Badan Baru", 1)
    taken = visitor.post("/agencies/new", **{**wish, "code": "DISHUB"})
    assert (taken.status_code, "sudah dipakai oleh Dinas Perhubungan" in taken.text) == (422, True)
    wrong = text_of(visitor.post("/agencies/new", **{**wish, "code": "a b", "places": "rw", "name": ""}))
    for told in ("Pakai 2 sampai 40", "Pilih salah satu", "Isi nama"):
        assert told in wrong


def test_an_ended_agency_names_its_successor_and_its_cases_move_at_once(world: World) -> None:
    world.hear(*(routed(number) for number in range(1, 5)), routed(9, agency="DLH"))
    visitor = world.logged_in(LOGINS["coordinator"])
    assert visitor.post("/agencies/DISHUB/edit", **form(**SUCCESSION)).status_code == 303
    page = text_of(visitor.get("/agencies/DISHUB"))
    assert "Tidak berlaku lagi" in page
    assert "masih memegang 4 laporan terbuka" in page
    assert world.logged_in(LOGINS["operator"]).post("/agencies/DISHUB/move", to="DPUPR", reason="x").status_code == 403
    refused = visitor.post("/agencies/DISHUB/move", to="DISHUB", reason="")
    assert (refused.status_code, "Pilih instansi lain" in refused.text) == (422, True)
    unplaced = visitor.post("/agencies/DISHUB/move", to="DPUPR", reason="digabung")
    assert unplaced.status_code == 303, text_of(unplaced)
    assert {world.case(number).agency for number in range(1, 5)} == {"DPUPR"}
    assert world.case(9).agency == "DLH"
    assert "4 laporan sudah dipindahkan ke DPUPR" in text_of(visitor.get("/agencies/DISHUB"))


def test_a_test_message_shows_what_came_back(world: World) -> None:
    visitor = world.logged_in(LOGINS["operator"])
    answer = visitor.post("/agencies/DISHUB/test", way="email")
    assert "Pesan percobaan diterima." in answer.text
    assert world.connections.asked == [("test", "DISHUB", "email", "operator")]
    for tried, told in (
        (Tried(REFUSED, "email", "failed", "refused_550", "550 no such user"), "550 no such user"),
        (Tried(REFUSED, "email", "", "no_endpoint", "no address"), "belum mengenal alamat ini"),
        (Tried(NO_ANSWER, "email"), "mungkin masih sampai"),
        (Tried(AWAY, "email"), "Tidak ada yang dikirim"),
    ):
        world.connections.tried = tried
        assert told in text_of(visitor.post("/agencies/DISHUB/test", way="email")), tried
    assert visitor.post("/agencies/DISHUB/test", way="sms").status_code == 404


def test_a_secret_is_shown_once_and_the_same_form_makes_no_second_one(world: World) -> None:
    visitor = world.logged_in(LOGINS["operator"])
    visitor.post("/agencies/DISHUB/edit", **form(webhook="https://sistem.dishub.example/masuk"))
    assert "belum ada kunci" in visitor.get("/agencies/DISHUB").text
    made = visitor.post("/agencies/DISHUB/webhook-secret", act="none", seen="none")
    assert "whsec_0" in made.text
    again = visitor.post("/agencies/DISHUB/webhook-secret", act="none", seen="none")
    assert (again.status_code, world.connections.secrets) == (303, ["whsec_0"])
    assert "whsec_" not in visitor.get("/agencies/DISHUB").text
    world.connections.away = True
    away = visitor.post("/agencies/DISHUB/webhook-secret", act="day", seen="x")
    assert (away.status_code, "sedang tidak menjawab" in away.text) == (503, True)
    assert visitor.get("/agencies/DISHUB").status_code == 200, "the page works on while the notifier is away"


def test_a_newcomer_gets_a_password_once_and_is_closed_at_once(world: World) -> None:
    visitor = world.logged_in(LOGINS["coordinator"])
    wish = {"login": "budi.dishub", "name": "Budi", "role": "officer"}
    answer = visitor.post("/agencies/DISHUB/people", **wish)
    found = re.search(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>", answer.text)
    assert found is not None, text_of(answer)
    assert visitor.post("/agencies/DISHUB/people", **wish).status_code == 303
    assert len(world.audited("person.add")) == 1
    budi = world.visitor()
    assert budi.post("/login", login="budi.dishub", password=found.group(1)).status_code == 303
    assert "terakhir di sini" in visitor.get("/agencies/DISHUB").text
    for _ in range(2):
        visitor.post("/agencies/DISHUB/people/budi.dishub", act="close")
    assert len(world.audited("person.close")) == 1
    assert budi.get("/cases").status_code == 303, "the session is closed as well"
    visitor.post("/agencies/DISHUB/people/budi.dishub", act="open")
    assert budi.get("/cases").status_code == 303, "and does not come back with the account"
    assert visitor.post("/agencies/DISHUB/people/koordinator", act="close").status_code == 404
    boss = text_of(visitor.post("/agencies/DISHUB/people", login="x", name="", role="coordinator"))
    assert "Pilih petugas atau kepala" in boss


def test_leave_at_the_desk_lends_the_heads_rights_and_ends_by_itself(world: World) -> None:
    world.hear(routed(1, identity="confidential"))
    ticket = world.case(1).ticket
    officer, head = world.logged_in(LOGINS["officer"]), world.logged_in(LOGINS["head"])
    assert officer.get(f"/cases/{ticket}").status_code == 404
    days = {"starts": day(world, 0), "ends": day(world, 1)}
    people = {"login": "kepala.dishub", "acting": "petugas.dishub"}
    for _ in range(2):
        assert head.post("/agencies/DISHUB/leave", **people, **days).status_code == 303
    assert len(world.audited("leave.enter")) == 1
    assert officer.get(f"/cases/{ticket}").status_code == 200
    page = text_of(officer.get("/agencies/DISHUB"))
    assert "Plh., menggantikan Kepala DISHUB (peragaan)" in page
    wrong = text_of(head.post("/agencies/DISHUB/leave", login="kepala.dishub", acting="kepala.dishub", **days))
    assert "menggantikan dirinya sendiri" in wrong
    assert head.post("/agencies/DLH/leave", **people, **days).status_code == 403, "not the own agency"
    world.clock.advance(3 * 24 * 3600)
    assert world.logged_in(LOGINS["officer"]).get(f"/cases/{ticket}").status_code == 404


def test_leave_is_ended_before_its_time(world: World) -> None:
    head = world.logged_in(LOGINS["head"])
    people = {"login": "kepala.dishub", "acting": "petugas.dishub"}
    head.post("/agencies/DISHUB/leave", **people, starts=day(world, 2), ends=day(world, 5))
    found = re.search(r'action="(/agencies/DISHUB/leave/[^"]+/end)"', head.get("/agencies/DISHUB").text)
    assert found is not None
    officer = world.logged_in(LOGINS["officer"])
    assert officer.post(found.group(1)).status_code == 403
    for _ in range(2):
        assert head.post(found.group(1)).status_code == 303
    assert len(world.audited("leave.end")) == 1
    assert "Tidak ada yang cuti." in head.get("/agencies/DISHUB").text


def test_a_token_is_shown_once_listed_and_revoked(world: World) -> None:
    visitor = world.logged_in(LOGINS["operator"])
    made = visitor.post("/agencies/DISHUB/tokens", name="SIM Dishub", scopes=["cases:read", "cases:write"], days="365")
    found = re.search(r"<code>(tgp_\w{46})</code>", made.text)
    assert found is not None, text_of(made)
    again = visitor.post("/agencies/DISHUB/tokens", name="SIM Dishub", scopes=["cases:read"], days="365")
    assert (again.status_code, "Sudah ada token" in again.text) == (422, True)
    page = visitor.get("/agencies/DISHUB").text
    assert found.group(1) not in page
    assert found.group(1)[:12] in page
    for changes, told in (({"name": ""}, "Isi nama"), ({"scopes": []}, "sedikitnya satu"), ({"days": "x"}, "1 sampai")):
        wish = {"name": "lain", "scopes": ["cases:read"], "days": "1", **changes}
        assert told in text_of(visitor.post("/agencies/DISHUB/tokens", **wish)), changes
    revoke = re.search(r'action="(/agencies/DISHUB/tokens/[^"]+/revoke)"', page)
    assert revoke is not None
    for _ in range(2):
        assert visitor.post(revoke.group(1)).status_code == 303
    assert len(world.audited("agency.token.revoke")) == 1
    assert visitor.post(revoke.group(1).replace("DISHUB", "DLH")).status_code == 404


@pytest.mark.parametrize("path", ["/agencies?q=%00&kind=x", "/agencies/%00", "/agencies/" + "x" * 500])
def test_odd_addresses_are_answered(world: World, path: str) -> None:
    assert world.logged_in(LOGINS["auditor"]).get(path).status_code in (200, 404)


def day(world: World, ahead: int) -> str:
    now: datetime = world.clock.now()
    return (now + timedelta(hours=7, days=ahead)).date().isoformat()
