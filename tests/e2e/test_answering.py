"""To the end of the way: a citizen complains, an officer answers and closes, the citizen reads that and rates it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.citizen_steps import look_over
from tests.support.eventually import eventually
from tests.support.system import System

WORDS = "PJU mati di Jalan Baros, gelap sekali sejak Senin"
ANSWER = "Lampu sudah diganti pagi ini.\n\nTerima kasih sudah melapor."


@pytest.fixture
def citizen(chromium: Browser) -> Iterator[Page]:
    """On a cheap phone, without scripts."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="id-ID", java_script_enabled=False)
    yield _page(context.new_page())
    context.close()


@pytest.fixture
def officer(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="id-ID")
    yield _page(context.new_page())
    context.close()


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Page]:
    """The same citizen in another language, with scripts, which the search for barriers needs."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    yield _page(context.new_page())
    context.close()


def _page(page: Page) -> Page:
    page.set_default_timeout(10_000)
    return page


def test_an_officer_answers_and_the_citizen_says_how_content_he_is(
    embedded_system: System, citizen: Page, officer: Page, reader: Page
) -> None:
    system = embedded_system
    receipt = system.submit(WORDS, contact={"phone": "081200001234"}).json()
    ticket, code = receipt["ticket"], receipt["tracking_code"]
    state = f"SELECT state, revision FROM cases WHERE ticket = '{ticket}'"
    eventually(lambda: [row[0] for row in system.rows("desk", state)] == ["forwarded"], 10, describe=system.describe)

    _log_in(system, officer)
    officer.goto(f"{system.desk_url}/cases?state=forwarded")
    officer.get_by_role("link", name=ticket).click()
    expect(officer.locator(".timeline")).to_contain_text("Dibuka di DISHUB oleh")
    look_over(officer)
    officer.get_by_label("Jawaban").fill(ANSWER)
    officer.get_by_role("button", name="Kirim jawaban dan tutup").click()
    expect(officer.get_by_role("status").filter(has_text=f"Laporan {ticket} ditutup")).to_be_visible()
    look_over(officer)
    officer.set_viewport_size({"width": 360, "height": 740})
    look_over(officer)

    eventually(lambda: system.status(ticket, code)["status"] == "closed", 10, describe=system.describe)
    notes = [entry["note"] for entry in system.status(ticket, code)["timeline"]]
    assert any(ANSWER in note for note in notes)

    address = f"{system.intake_url}/complaints/{ticket}?code={code}"
    citizen.goto(address)
    expect(citizen.locator("h1")).to_have_text("Selesai")
    expect(citizen.locator(".answer p")).to_have_text(ANSWER.split("\n\n"))
    citizen.get_by_role("button", name="Kirim penilaian").click()
    expect(citizen.get_by_role("alert")).to_contain_text("Pilih salah satu nilai")
    citizen.get_by_label("4 – Puas", exact=True).check()
    citizen.get_by_label(re.compile("Mengapa")).fill("Cepat sekali")
    citizen.get_by_role("button", name="Kirim penilaian").click()
    expect(citizen.get_by_role("status").first).to_contain_text("Penilaian Anda sudah kami terima")
    expect(citizen.get_by_label("4 – Puas", exact=True)).to_be_checked()

    reader.goto(address)
    look_over(reader, "en")
    reader.get_by_role("button", name="Send rating").click()
    look_over(reader, "en")

    of_it = f"FROM case_contents r JOIN cases c USING (complaint_id) WHERE c.ticket = '{ticket}'"
    rated = f"SELECT r.ref {of_it} AND r.kind = 'rating'"
    eventually(lambda: system.rows("desk", rated) == [("rating",)], 10, describe=system.describe)
    officer.goto(f"{system.desk_url}/cases/{ticket}")
    expect(officer.get_by_role("region", name="Penilaian pelapor")).to_contain_text("4 dari 5: Puas")
    expect(officer.get_by_role("region", name="Penilaian pelapor")).to_contain_text("Cepat sekali")
    look_over(officer)


def _log_in(system: System, page: Page) -> None:
    password = (system.data / "secrets" / "demo_password").read_text().strip()
    page.goto(f"{system.desk_url}/login")
    page.locator("input[name=login]").fill("petugas.dishub")
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name=re.compile("Masuk")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kotak masuk")
