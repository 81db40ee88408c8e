"""An officer of an agency: on a telephone in the street, and at the desk with a keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.agency_steps import (
    PHONE,
    Staff,
    await_state,
    await_text,
    complaint_by_text,
    expect_told,
    inspect,
    new_phone,
    open_case,
    open_fold,
    press,
    staff_of,
    text_in,
)
from tests.e2e.citizen_steps import file_of, look_over
from tests.support.eventually import eventually
from tests.support.system import System

QUESTION = "Lampu yang mana: di depan gerbang atau di tikungan?"
ANSWER = "Lampu di tikungan sudah kami ganti. Terima kasih sudah melapor."
AGAIN = "Kabelnya ternyata putus. Sudah kami sambung, dan lampunya menyala."


@pytest.fixture(scope="module")
def system(wakeful_system: System) -> System:
    return wakeful_system


@pytest.fixture(scope="module")
def staff(system: System, chromium: Browser) -> Iterator[Staff]:
    with staff_of(system, chromium) as staff:
        yield staff


def test_a_lamp_is_repaired_twice_by_telephone(system: System, staff: Staff) -> None:
    """From a citizen's text message to the answer, to `BELUM`, to the second answer; the officer is in the street."""
    phone = new_phone()
    ticket, code = complaint_by_text(system, phone, "PJU mati dekat SDN Baros Mandiri, gelap sekali")
    await_state(system, ticket, "forwarded")
    page = staff.page_of("petugas.dishub", PHONE)
    page.goto(f"{system.desk_url}/cases")
    inspect(page, "inbox")
    page.get_by_role("link", name=ticket).first.click()
    expect(page.locator(".timeline")).to_contain_text("Dibuka di DISHUB oleh")
    await_state(system, ticket, "in_progress")
    inspect(page, "case")

    _ask(page)
    await_state(system, ticket, "waiting")
    inspect(page, "asked")
    asked = await_text(system, phone, "gerbang atau di tikungan")
    assert ticket in asked
    text_in(system, phone, "Yang di tikungan pak")
    await_state(system, ticket, "in_progress")
    open_case(system, page, ticket)
    expect(page.get_by_role("region", name="Keterangan yang ditambahkan")).to_contain_text("Yang di tikungan pak")

    page.get_by_label("Jawaban", exact=True).fill(ANSWER)
    page.locator("#answered-photos").set_input_files(file_of("lampu.jpg", wide=800))
    look_over(page)
    press(page, "Kirim jawaban dan tutup")
    expect_told(page, ticket)
    await_state(system, ticket, "closed")
    inspect(page, "answered")
    assert f"BELUM {ticket}" in await_text(system, phone, "Puaskah Anda"), "how to say that it is not solved"

    text_in(system, phone, f"BELUM {ticket} masih mati tadi malam")
    await_state(system, ticket, "in_progress")
    page.goto(f"{system.desk_url}/cases")
    expect(page.get_by_role("link", name=ticket).first).to_be_visible()
    inspect(page, "inbox-reopened")
    citizen = staff.stranger(PHONE)
    citizen.goto(f"{system.intake_url}/complaints/{ticket}?code={code}")
    expect(citizen.get_by_role("region", name="Batas waktu")).to_contain_text("Paling lambat")
    inspect(citizen, "tracking-reopened")
    open_case(system, page, ticket)
    expect(page.locator(".not-solved")).to_contain_text("masih mati tadi malam")
    page.get_by_label("Jawaban", exact=True).fill(AGAIN)
    press(page, "Kirim jawaban")
    await_state(system, ticket, "answered")
    await_text(system, phone, "sudah dijawab", times=2)
    open_fold(page, "Tutup laporan")
    inspect(page, "closing")
    press(page, "Tutup laporan")
    await_state(system, ticket, "closed")
    _follow(system, staff, ticket, code)


def test_an_officer_works_by_keyboard(system: System, staff: Staff) -> None:
    """Search, filters that are addresses, keys; what is typed stays, and a ready-made text helps."""
    tickets = {complaint_by_text(system, new_phone(), f"PJU mati di gang Zamrud nomor {one}")[0] for one in (1, 2)}
    for ticket in tickets:
        await_state(system, ticket, "forwarded")
    page = staff.page_of("petugas.dishub")
    page.goto(f"{system.desk_url}/cases")
    page.keyboard.press("/")
    page.keyboard.type("zamrud")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert set(page.locator("[data-open]").all_inner_texts()) == tickets
    open_fold(page, "Saring")
    page.get_by_label("Belum dibuka").check()
    inspect(page, "filters")
    press(page, "Tampilkan")
    assert "unread=1" in page.url
    page.goto(page.url)
    expect(page.locator("[data-open]")).to_have_count(2)
    expect(page.locator(".narrowed")).to_contain_text("Belum dibuka")
    for key in ("j", "j", "k", "?"):
        page.keyboard.press(key)
    expect(page.get_by_text("laporan berikutnya, sebelumnya")).to_be_visible()
    inspect(page, "keys")
    page.keyboard.press("?")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("o")
    assert page.url.rpartition("/")[2] in tickets
    _write_slowly(page)


def _write_slowly(page: Page) -> None:
    answer = page.get_by_label("Jawaban", exact=True)
    answer.fill("Kami periksa besok pagi.")
    answer.blur()
    expect(page.locator(".draft-news").first).to_contain_text("Draf disimpan")
    page.reload()
    expect(answer).to_have_value("Kami periksa besok pagi.")
    page.locator("#answered-ready").select_option(label="Lampu jalan sudah menyala")
    page.get_by_role("button", name="Sisipkan").first.click()
    expect(answer).to_have_value(re.compile("Kami periksa besok pagi.*Terima kasih", re.DOTALL))
    press(page, "Kirim jawaban")
    expect(page.get_by_role("alert").first).to_contain_text("[tanggal]")
    inspect(page, "blanks")
    open_fold(page, "Tulis catatan untuk rekan")
    page.get_by_label("Catatan", exact=True).fill("Pinjam tangga dari DPKP")
    press(page, "Simpan catatan")
    expect_told(page, "Catatan disimpan")
    expect(page.locator(".timeline")).to_contain_text("Pinjam tangga dari DPKP")
    inspect(page, "noted")


def test_two_officers_at_once(system: System, staff: Staff) -> None:
    """The second is told what changed, keeps his words, and nothing is said twice."""
    phone = new_phone()
    ticket, _ = complaint_by_text(system, phone, "PJU mati di gang Safir")
    await_state(system, ticket, "forwarded")
    first, second = staff.page_of("petugas.dishub"), staff.page_of("kepala.dishub", PHONE)
    for page in (first, second):
        open_case(system, page, ticket)
    first.get_by_label("Jawaban", exact=True).fill(ANSWER)
    press(first, "Kirim jawaban")
    second.get_by_label("Jawaban", exact=True).fill("Jawaban dari kepala")
    press(second, "Kirim jawaban")
    expect(second.get_by_role("alert").first).to_contain_text("Laporan ini berubah sejak Anda membukanya")
    expect(second.get_by_role("alert").first).to_contain_text("Petugas DISHUB")
    expect(second.get_by_label("Jawaban", exact=True)).to_have_value("Jawaban dari kepala")
    inspect(second, "conflict")
    await_text(system, phone, "sudah dijawab")


def test_what_is_not_ours_goes_back_and_what_is_new_is_told(system: System, staff: Staff) -> None:
    page = staff.page_of("petugas.dishub")
    page.goto(f"{system.desk_url}/cases")
    mine = [complaint_by_text(system, new_phone(), f"PJU mati di gang Topas nomor {one}")[0] for one in (1, 2)]
    news = page.locator("#news")
    expect(news).to_contain_text("2 laporan baru", timeout=15_000)
    inspect(page, "news")
    with page.expect_navigation():
        news.get_by_role("link").click()
    for ticket in mine:
        page.get_by_role("checkbox", name=f"Pilih laporan {ticket}").check()
    open_fold(page, "Kerjakan beberapa laporan sekaligus")
    page.locator("#bulk-reason").fill("Lampu di dalam perumahan, bukan lampu jalan")
    page.locator("#bulk-suggested").select_option("DPKP")
    inspect(page, "bulk")
    with page.expect_navigation():
        page.locator("#bulk button[value=returned]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 dari 2")
    inspect(page, "bulk-done")
    for ticket in mine:
        await_state(system, ticket, "triage")

    coordinator = staff.page_of("koordinator")
    coordinator.goto(f"{system.desk_url}/triage")
    inspect(coordinator, "triage")
    row = coordinator.locator("[data-row]").filter(has_text=mine[0])
    expect(row).to_contain_text("Dikembalikan oleh")
    row.focus()
    coordinator.keyboard.press("1")
    expect(coordinator.locator("#waits")).to_contain_text(mine[0])
    look_over(coordinator)
    coordinator.keyboard.press("Escape")
    expect(coordinator.locator("#waits")).to_contain_text("Dibatalkan")
    coordinator.keyboard.press("1")
    with coordinator.expect_navigation():
        coordinator.keyboard.press("1")
    await_state(system, mine[0], "forwarded")
    assert system.rows("desk", f"SELECT agency FROM cases WHERE ticket = '{mine[0]}'") == [("DPKP",)]


def _ask(page: Page) -> None:
    open_fold(page, "Tanya pelapor")
    page.get_by_label("Pertanyaan", exact=True).fill(QUESTION)
    look_over(page)
    press(page, "Kirim pertanyaan")


def _follow(system: System, staff: Staff, ticket: str, code: str) -> None:
    """What the citizen sees of all that: both answers, the photo, the deadlines."""
    eventually(lambda: system.status(ticket, code)["status"] == "closed", 10, describe=system.describe)
    page = staff.stranger(PHONE)
    page.goto(f"{system.intake_url}/complaints/{ticket}?code={code}")
    inspect(page, "tracking")
    for words in (QUESTION, "menjawab pertanyaan kami", "belum selesai", ANSWER, AGAIN):
        expect(page.locator("main")).to_contain_text(words)
    expect(page.get_by_role("img", name=re.compile("Foto"))).to_be_visible()
