"""What the pages show, and what they keep to themselves."""

import re
from dataclasses import replace

import pytest

from services.desk.adapters import CapturedMessage
from services.desk.directory import repository as agencies
from services.desk.directory.agencies import seed_agencies
from services.desk.tables import agencies as agencies_table
from services.desk.wording import TRIAGE_REASONS
from shared.contracts.agency import AgencyChanged
from shared.dead_letters import summary
from tests.unit.desk.facts import RECEIVED, TEXT, decision, delivery, routed, ticket, unrouted
from tests.unit.desk.world import PACK, Visitor, World

CASE = f"/cases/{ticket(1)}"
NUMBER, MAIL = "0812-3456-7890", "budi@contoh.id"


@pytest.mark.parametrize(
    ("login", "identity", "sees"),
    [
        ("petugas.dishub", "anonymous", False), ("petugas.dishub", "open", True),
        ("kepala.dishub", "confidential", False),
        ("koordinator", "anonymous", True), ("sekretaris", "anonymous", False), ("auditor", "anonymous", False),
        ("operator", "open", False),
    ],
)  # fmt: skip
def test_numbers_in_a_text_are_for_whom_the_table_names(world: World, login: str, identity: str, sees: bool) -> None:
    world.hear(routed(identity=identity))
    visitor = world.logged_in(login)
    for path in ("/cases", CASE):
        page = visitor.get(path).text
        assert ((NUMBER in page), (MAIL in page)) == (sees, sees), path
    assert ("<mark>Lampu jalan</mark>" in page) == (login != "operator")


def listed(visitor: Visitor, path: str) -> list[str]:
    return re.findall(r'class="ticket" data-open href="/cases/([^"?]+)', visitor.get(path).text)


@pytest.mark.parametrize(
    ("login", "finds"), [("koordinator", True), ("petugas.dishub", False), ("auditor", False), ("operator", False)]
)
def test_searching_tells_nobody_what_masking_hides(world: World, login: str, finds: bool) -> None:
    world.hear(routed())
    visitor = world.logged_in(login)
    assert (listed(visitor, f"/cases?q={NUMBER}") == [ticket(1)]) == finds
    assert (listed(visitor, "/cases?q=LAMPU+jalan") == [ticket(1)]) == (login != "operator")
    assert listed(visitor, f"/cases?q={ticket(1).lower().replace('-', ' ')}") == [ticket(1)]
    assert listed(visitor, "/cases?q=100%25") == []


def test_a_text_cannot_smuggle_markup_into_a_page(world: World) -> None:
    text = '<script>alert(1)</script> lampu "jalan"'
    world.hear(routed(text=text, identity="open"))
    visitor = world.logged_in("koordinator")
    for path in ("/cases", CASE):
        answer = visitor.get(path)
        assert "<script>" not in answer.text
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_list_pages_through_everything_once(world: World) -> None:
    world.hear(*(routed(number) for number in range(1, 121)))
    visitor, path, seen, pages = world.logged_in("petugas.dishub"), "/cases?sort=newest", [], 0
    while path:
        page = visitor.get(path).text
        seen += re.findall(r'class="ticket" data-open href="/cases/([^"?]+)', page)
        path = page.split('rel="next"')[0].rpartition('href="')[2].split('"')[0] if 'rel="next"' in page else ""
        path, pages = path.replace("&amp;", "&"), pages + 1
    assert seen == [ticket(number) for number in range(120, 0, -1)]
    assert pages == 5
    assert visitor.get("/cases?after=nonsense.x").status_code == 200


def test_a_contact_is_shown_after_it_was_written_down(world: World) -> None:
    world.hear(routed(identity="open"))
    visitor = world.logged_in("petugas.dishub")
    assert "+6281234567890" not in visitor.get(CASE).text
    answer = visitor.post(f"{CASE}/contact", contact_reason="menanyakan nomor tiang")
    assert "+6281234567890" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    (row,) = world.audited("contact.reveal")
    assert (row["actor"], row["subject"], row["reason"]) == ("petugas.dishub", ticket(1), "menanyakan nomor tiang")
    assert world.contacts.asked == [
        {"complaint_id": "c1", "actor": "petugas.dishub", "role": "officer", "reason": "menanyakan nomor tiang"}
    ]
    assert "Kontak pelapor diminta oleh Petugas DISHUB" in visitor.get(CASE).text
    assert "+6281234567890" not in visitor.get(CASE).text


def test_a_contact_is_not_asked_for_without_a_reason(world: World) -> None:
    world.hear(routed())
    assert world.logged_in("koordinator").post(f"{CASE}/contact", contact_reason="  ").status_code == 422
    assert not world.contacts.asked
    assert not world.audited("contact.reveal")


def test_when_intake_is_away_the_page_says_so_and_works_on(world: World) -> None:
    world.hear(routed())
    visitor = world.logged_in("koordinator")
    world.contacts.away = True
    answer = visitor.post(f"{CASE}/contact", contact_reason="perlu")
    assert answer.status_code == 503
    assert "Kontak sedang tidak dapat diambil" in answer.text
    assert "Lampu jalan" in answer.text
    assert len(world.audited("contact.reveal")) == 1, "the wish is written down all the same"
    world.contacts.away, world.contacts.contact = False, None
    assert "tidak ada atau sudah dihapus" in visitor.post(f"{CASE}/contact", contact_reason="perlu").text


def test_captured_messages_are_shown_by_role(world: World) -> None:
    world.captured.messages = [
        CapturedMessage(
            "d1", ticket(1), "receipt", "+6281234567890", "sms", RECEIVED.isoformat(), "Perihal", f"Kode A1, {NUMBER}"
        )
    ]
    pages = {login: world.logged_in(login).get("/captured").text for login in ("koordinator", "auditor", "operator")}
    assert NUMBER in pages["koordinator"]
    assert "Kode A1, [telepon]" in pages["auditor"]
    assert "Kode A1" not in pages["operator"]
    assert "Perihal" not in pages["operator"]
    assert all("Tanda terima" in page and "09.15 WIB" in page and "+62812" not in page for page in pages.values())
    world.captured.away = True
    answer = world.logged_in("operator").get("/captured")
    assert answer.status_code == 503
    assert "Pengirim pesan sedang tidak dapat dijangkau" in answer.text


def test_the_first_page_is_what_the_role_works_on(world: World) -> None:
    homes = {"petugas.dishub": "/cases", "koordinator": "/triage", "sekretaris": "/triage", "operator": "/console"}
    for login, path in homes.items():
        assert world.logged_in(login).get("/").location == path


def test_triage_shows_the_oldest_first_with_reason_and_candidates(world: World) -> None:
    world.hear(unrouted(2), unrouted(1, reason="weak"), routed(3))
    page = world.logged_in("koordinator").get("/triage").text
    assert page.index(f"/cases/{ticket(1)}") < page.index(f"/cases/{ticket(2)}")
    assert page.count('class="row triage-row') == 2
    assert "Petunjuknya terlalu lemah" in page
    assert "Dua instansi atau lebih sama kuatnya" in page
    assert "Serahkan ke DISHUB" in page
    assert "Serahkan ke DISHUB" not in world.logged_in("auditor").get("/triage").text


def test_the_case_explains_itself(world: World) -> None:
    world.hear(routed(), delivery(outcome="failed", reason="not_configured"))
    page = world.logged_in("kepala.dishub").get(CASE).text
    for part in ("dishub.pju", "+12", "0f3a9c2b7d41", "Dinas Pekerjaan Umum dan Penataan Ruang", "gagal dikirim",
                 "saluran pengiriman belum diatur", "24 Nov 2026, 09.16 WIB"):  # fmt: skip
        assert part in page, part


def test_no_page_needs_a_script_or_an_inline_style(world: World) -> None:
    world.hear(routed(), unrouted(2))
    visitor = world.logged_in("koordinator")
    for path in ("/login", "/cases", "/triage", CASE, "/captured", "/nirgendwo"):
        page = visitor.get(path).text
        assert "style=" not in page
        assert "<style" not in page
        assert "<script" not in page.replace('<script src="/static/', "")


def test_a_seed_says_each_agency_once_and_leaves_later_changes_alone(world: World) -> None:
    codes = sorted(agency.code for agency in PACK.agencies)
    assert sorted(event.code for event in world.said(AgencyChanged.TYPE)) == codes
    spine = world.service.spine
    assert seed_agencies(spine, PACK.agencies) == []
    with world.database.write() as tx:
        which = agencies_table.c.code == "DLH"
        tx.execute(agencies_table.update().where(which).values(endpoints={"webhook": "x"}, revision=4))
    assert seed_agencies(spine, PACK.agencies) == []
    changed = [_renamed(agency) if agency.code == "DLH" else agency for agency in PACK.agencies]
    assert seed_agencies(spine, changed) == ["DLH"]
    last = world.said(AgencyChanged.TYPE)[-1]
    assert (last.code, last.revision, last.name) == ("DLH", 5, "Dinas Lingkungan")
    with world.database.read() as connection:
        entry = agencies.one(connection, "DLH")
    assert entry is not None
    assert entry.endpoints == {"webhook": "x"}, "what people edited stays"
    with world.database.write() as tx:
        tx.execute(agencies_table.update().where(agencies_table.c.code == "DLH").values(name="Dinas Hijau"))
    assert seed_agencies(spine, PACK.agencies) == [], "nor does another name of the pack take the one that people gave"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("no key opens it", "no key opens it"), ("", ""), (f"about {MAIL}\nmore", "about [e-mail]"),
        (f"Traceback (most recent call last):\n  File x\nsqlalchemy.exc.DataError: {TEXT}", "sqlalchemy.exc.DataError"),
        (f"Traceback (most recent call last):\n  x\nValueError: a\n{TEXT}: b", "ValueError"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_one_line_that_quotes_nobody(error: str, line: str) -> None:
    assert summary(error) == line


def _renamed(agency: object) -> object:
    return replace(agency, name="Dinas Lingkungan")  # type: ignore[type-var]


def test_a_text_of_several_matters_is_shown_with_its_parts_masked_like_the_text(world: World) -> None:
    text = "Lampu gang mati, hubungi 0812-3456-7890. Sampah menumpuk."
    cut = text.index("Sampah")
    parts = [
        {"agency": "DISHUB", "score": 3, "start": 0, "end": cut},
        {"agency": "DLH", "score": 3, "start": cut, "end": len(text)},
    ]
    made = decision(outcome="triage", reason="several_topics", agency=None, reasons=[], parts=parts)
    world.hear(unrouted(text=text, reason="several_topics", decision=made))
    whole = world.logged_in("koordinator").get(CASE).text
    assert TRIAGE_REASONS["several_topics"] in whole
    assert "<q>Lampu gang mati, hubungi 0812-3456-7890.</q>" in whole
    assert "<q>Sampah menumpuk.</q>" in whole
    masked = world.logged_in("auditor").get(CASE).text
    assert "<q>Lampu gang mati, hubungi [telepon].</q>" in masked
    assert NUMBER not in masked


@pytest.mark.parametrize("reason", ["several_topics", "thanks_only", "out_of_area", "no_content", "weak", "tie"])
def test_every_reason_of_the_router_is_told_in_words(world: World, reason: str) -> None:
    made = decision(outcome="triage", reason=reason, agency=None, reasons=[])
    world.hear(unrouted(reason=reason, decision=made))
    page = world.logged_in("koordinator").get(CASE).text
    assert TRIAGE_REASONS[reason] in page
    assert reason not in page
