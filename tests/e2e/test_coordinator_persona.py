"""A coordinator at the desk: sends on, archives, merges, splits, copies, publishes, enters, exports."""

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
    texts_to,
)
from tests.e2e.citizen_steps import look_over
from tests.support.eventually import eventually
from tests.support.system import System

SP4N_NUMBER = "7654321"


@pytest.fixture(scope="module")
def system(wakeful_system: System) -> System:
    return wakeful_system


@pytest.fixture(scope="module")
def staff(system: System, chromium: Browser) -> Iterator[Staff]:
    with staff_of(system, chromium) as staff:
        yield staff


@pytest.fixture
def page(staff: Staff) -> Page:
    return staff.page_of("koordinator")


def test_a_body_outside_the_city_is_confirmed(system: System, page: Page) -> None:
    """The city's clock stands, and the citizen reads whom to ask."""
    phone = new_phone()
    ticket, code = complaint_by_text(system, phone, "Listrik padam di gang kami sejak semalam, PLN tidak datang")
    await_state(system, ticket, "triage")
    open_case(system, page, ticket)
    expect(page.get_by_role("region", name="Perlu diputuskan")).to_contain_text("tenggat kota tidak berjalan")
    inspect(page, "external")
    press(page, "Serahkan ke PT PLN (Persero) UP3 Cimahi")
    await_state(system, ticket, "referred")
    expect_told(page, "Tenggat kota berhenti dihitung")
    expect(page.locator(".case-head")).to_contain_text("Tenggat kota tidak berjalan")
    inspect(page, "referred")
    told = await_text(system, phone, "di luar wewenang kota")
    assert "123" in told, "whom to ask instead"
    eventually(lambda: system.status(ticket, code)["status"] == "referred", 10, describe=system.describe)


def test_what_was_archived_by_mistake_is_opened_again(system: System, page: Page) -> None:
    phone = new_phone()
    ticket, _ = complaint_by_text(system, phone, "Balon udara raksasa tersangkut di atap balai warga sejak kemarin")
    await_state(system, ticket, "triage")
    open_case(system, page, ticket)
    open_fold(page, "Arsipkan")
    page.get_by_label("Sebab").select_option("incomplete")
    page.get_by_role("button", name="Arsipkan laporan").click()
    expect(page.get_by_role("alert").first).to_contain_text("alasan", ignore_case=True)
    expect(page.get_by_label("Sebab")).to_have_value("incomplete")
    look_over(page)
    page.locator("#archived-reason").fill("Belum jelas apa yang terjadi. Silakan kirim lagi dengan keterangannya.")
    press(page, "Arsipkan laporan")
    await_state(system, ticket, "archived")
    inspect(page, "archived")
    await_text(system, phone, "kami arsipkan")

    page.get_by_role("link", name=re.compile("Keliru")).click()
    page.get_by_label("Mengapa dibuka lagi").fill("Pelapor menelepon dan menjelaskan")
    press(page, "Buka lagi laporan ini")
    await_state(system, ticket, "triage")
    inspect(page, "opened-again")


def test_two_complaints_of_the_same_become_one(system: System, staff: Staff, page: Page) -> None:
    """Whoever wrote the second one is told once, and reads the answer to the first on his own tracking page."""
    first_phone, second_phone = new_phone(), new_phone()
    into, _ = complaint_by_text(system, first_phone, "PJU mati dekat pos ronda Melong sejak Rabu")
    ticket, code = complaint_by_text(system, second_phone, "Lampu PJU mati dekat pos ronda Melong")
    await_state(system, into, "forwarded")
    await_state(system, ticket, "forwarded")
    open_case(system, page, ticket)
    open_fold(page, "Gabungkan dengan laporan lain")
    page.get_by_label("Nomor tiket yang dituju").fill(into.lower())
    press(page, "Bandingkan dulu")
    expect(page.locator(".sides")).to_contain_text("sejak Rabu")
    inspect(page, "merge")
    press(page, f"Gabungkan {ticket} ke {into}")
    await_state(system, ticket, "archived")
    expect(page.get_by_role("region", name="Laporan terkait")).to_contain_text(into)
    inspect(page, "merged")
    await_text(system, second_phone, f"Anda ikut melapor: {ticket}")

    officer = staff.page_of("petugas.dishub", PHONE)
    open_case(system, officer, into)
    expect(officer.get_by_role("region", name="1 warga lain ikut melapor")).to_be_visible()
    inspect(officer, "with-follower")
    officer.get_by_label("Jawaban", exact=True).fill("Sudah menyala lagi.")
    press(officer, "Kirim jawaban")
    await_text(system, first_phone, "sudah dijawab")
    assert len(texts_to(system, second_phone)) == 2, "its receipt, and that it goes on with the other"
    follower = staff.stranger(PHONE)
    follower.goto(f"{system.intake_url}/complaints/{ticket}?code={code}")
    expect(follower.locator("main")).to_contain_text("Sudah menyala lagi.")
    inspect(follower, "tracking-of-follower")


def test_one_complaint_of_two_matters_becomes_two(system: System, page: Page) -> None:
    phone = new_phone()
    ticket, _ = complaint_by_text(system, phone, "PJU mati dekat balai RW dan sampah menumpuk di pasar Atas")
    await_state(system, ticket, "forwarded")
    open_case(system, page, ticket)
    page.get_by_role("link", name="Pisahkan sebagian menjadi laporan tersendiri").click()
    page.locator("#report-text").select_text()
    page.get_by_role("button", name="Ambil teks yang disorot").click()
    expect(page.get_by_label(re.compile("^Bagian yang menjadi"))).to_have_value(re.compile("sampah menumpuk"))
    page.get_by_label(re.compile("^Bagian yang menjadi")).fill("Sampah menumpuk di pasar Atas")
    page.get_by_label(re.compile("^Instansi")).select_option("DLH")
    inspect(page, "split")
    press(page, "Jadikan laporan tersendiri")
    asked = f"SELECT p.child_ticket FROM case_parts p JOIN cases c USING (complaint_id) WHERE c.ticket='{ticket}'"
    part = str(eventually(lambda: system.rows("desk", asked)[0][0], 10, describe=system.describe))
    await_state(system, part, "forwarded")
    assert system.rows("desk", f"SELECT agency FROM cases WHERE ticket = '{part}'") == [("DLH",)]
    open_case(system, page, ticket)
    expect(page.get_by_role("region", name="Laporan terkait")).to_contain_text(part)
    inspect(page, "split-done")
    await_text(system, phone, part)
    open_case(system, page, part)
    expect(page.locator("#report-text")).to_have_text("Sampah menumpuk di pasar Atas")


def test_another_agency_reads_a_copy(system: System, staff: Staff, page: Page) -> None:
    """It reads, and it can do nothing."""
    ticket, _ = complaint_by_text(system, new_phone(), "Sampah numpuk di pasar Cimindi, ga diangkut 2 minggu, bau")
    await_state(system, ticket, "forwarded")
    open_case(system, page, ticket)
    open_fold(page, "Kirim tembusan")
    page.locator("#copied-copy").select_option("DISHUB")
    page.get_by_label("Mengapa perlu mengetahuinya").fill("Truk sampahnya melanggar jam jalan")
    press(page, "Kirim tembusan")
    expect_told(page, "Tembusan dikirim")
    inspect(page, "copied")
    officer = staff.page_of("petugas.dishub")
    officer.goto(f"{system.desk_url}/cases?copies=1")
    inspect(officer, "copies")
    with officer.expect_navigation():
        officer.get_by_role("link", name=ticket).first.click()
    inspect(officer, "copy-read")
    expect(officer.get_by_role("button", name="Kirim jawaban")).to_have_count(0)
    await_state(system, ticket, "forwarded")


def test_a_summary_is_published_and_read_by_everybody(system: System, staff: Staff, page: Page) -> None:
    ticket, _ = complaint_by_text(system, new_phone(), "PJU mati di tikungan Cibeber, hubungi 081299998888")
    await_state(system, ticket, "forwarded")
    officer = staff.page_of("petugas.dishub", PHONE)
    open_case(system, officer, ticket)
    officer.get_by_label("Jawaban", exact=True).fill("Lampunya sudah diganti.")
    press(officer, "Kirim jawaban")
    await_state(system, ticket, "answered")

    page.goto(f"{system.desk_url}/publish")
    inspect(page, "to-publish")
    page.get_by_role("link", name=ticket).click()
    summary = "Lampu jalan di tikungan Cibeber tidak menyala."
    page.get_by_label("Ringkasan").fill(summary)
    press(page, "Terbitkan")
    inspect(page, "publish-preview")
    if page.get_by_role("button", name="Terbitkan", exact=True).count():
        press(page, "Terbitkan")
    expect_told(page, "terbit sebagai")
    inspect(page, "published")

    reader = staff.stranger(PHONE)
    eventually(lambda: _read_in_public(system, reader, summary), 10, every=0.5, describe=system.describe)
    inspect(reader, "public")
    assert "081299998888" not in reader.content()
    assert ticket not in reader.content()


def _read_in_public(system: System, page: Page, summary: str) -> bool:
    page.goto(f"{system.intake_url}/published")
    return summary in page.inner_text("main")


def test_a_complaint_at_the_counter_leaves_with_a_paper(system: System, page: Page) -> None:
    page.goto(f"{system.desk_url}/enter")
    page.get_by_role("button", name="Simpan dan buat tanda terima").click()
    expect(page.get_by_role("alert")).to_contain_text("Laporan belum tersimpan")
    look_over(page)
    page.get_by_label("Isi laporan").fill("Lampu PJU mati di depan kantor pos, ibu yang datang ke loket takut lewat")
    page.get_by_label("SP4N-LAPOR!", exact=True).check()
    page.get_by_label(re.compile("^Nomor SP4N")).fill(SP4N_NUMBER)
    inspect(page, "enter")
    press(page, "Simpan dan buat tanda terima")
    ticket = page.locator("dd.ticket").first.inner_text()
    inspect(page, "paper")
    page.emulate_media(media="print")
    expect(page.locator("header.top")).to_be_hidden()
    expect(page.get_by_text("Tanda terima laporan")).to_be_visible()
    page.emulate_media(media="screen")
    await_state(system, ticket, "forwarded")
    open_case(system, page, ticket)
    expect(page.locator("main")).to_contain_text(SP4N_NUMBER)


def test_the_national_system_gets_what_has_no_number_yet(system: System, page: Page) -> None:
    ticket, _ = complaint_by_text(system, new_phone(), "PJU mati di Jalan Pesantren, gelap")
    await_state(system, ticket, "forwarded")
    rows = _exported(system, page, "without")
    assert ticket in rows
    open_case(system, page, ticket)
    open_fold(page, "Catat nomor SP4N-LAPOR!")
    page.locator("#referenced-reference").fill("1122334")
    press(page, "Simpan nomor")
    expect_told(page, "Nomor SP4N-LAPOR! disimpan")
    expect(page.get_by_role("complementary").first).to_contain_text("1122334")
    inspect(page, "numbered")
    assert ticket not in _exported(system, page, "without")
    assert "1122334" in _exported(system, page, "with")


def _exported(system: System, page: Page, number: str) -> str:
    page.goto(f"{system.desk_url}/export?sp4n={number}")
    look_over(page)
    with page.expect_download() as begun:
        page.get_by_role("button", name="Simpan CSV").click()
    return begun.value.path().read_text(encoding="utf-8-sig")
