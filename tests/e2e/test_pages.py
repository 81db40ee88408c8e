"""People at the pages, in a real browser: a citizen at the form and the tracking page, officials at the desk."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.eventually import eventually
from tests.support.system import System

WIDTHS = {"phone": (360, 740), "desktop": (1280, 800)}


@pytest.fixture(params=sorted(WIDTHS))
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    width, height = WIDTHS[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="id-ID")
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    context.close()


def test_a_citizen_complains_and_follows_the_complaint(system: System, page: Page, tmp_path: Path) -> None:
    width = page.viewport_size["width"]  # type: ignore[index]
    address = f"pelapor.{width}@example.org"
    page.goto(f"{system.intake_url}/")
    assert page.get_by_text("112").first.is_visible()
    _no_sideways_scrolling(page)
    page.get_by_label(re.compile("Apa yang terjadi")).fill("PJU mati di Jalan Baros sejak Senin, gelap sekali")
    page.get_by_label(re.compile("Kelurahan")).select_option(label="Baros" if width < 1000 else "Padasuka")
    page.get_by_label(re.compile("surel")).fill(address)
    page.screenshot(path=tmp_path / "form.png", full_page=True)
    with page.expect_navigation():
        page.get_by_role("button", name="Kirim laporan").click()

    receipt = page.inner_text("main")
    ticket, code = _find(r"CMH-\w{4}-\w{4}", receipt), _find(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", receipt)
    _no_sideways_scrolling(page)
    page.screenshot(path=tmp_path / "receipt.png", full_page=True)
    eventually(lambda: system.status(ticket, code)["status"] == "routed", 5, describe=system.describe)
    notices = eventually(lambda: found if len(found := system.captured(ticket)) == 2 else None, 5)
    assert sorted(notice.to for notice in notices) == ["dishub@cimahi.example", address]

    page.goto(f"{system.intake_url}/track")
    page.get_by_label(re.compile("tiket", re.IGNORECASE)).fill(ticket.lower().replace("-", " "))
    page.get_by_label(re.compile("kode", re.IGNORECASE)).fill(code)
    page.get_by_role("button").first.click()
    assert "Dinas Perhubungan" in page.inner_text("main")
    assert address not in page.content()
    _no_sideways_scrolling(page)
    page.screenshot(path=tmp_path / "tracking.png", full_page=True)


def test_bad_input_brings_the_form_back_with_what_was_typed(system: System, page: Page) -> None:
    page.goto(f"{system.intake_url}/")
    page.get_by_label(re.compile("Apa yang terjadi")).fill("Lampu jalan mati")
    page.get_by_label(re.compile("telepon")).fill("12345")
    with page.expect_navigation():
        page.get_by_role("button", name="Kirim laporan").click()
    assert page.get_by_label(re.compile("Apa yang terjadi")).input_value() == "Lampu jalan mati"
    assert page.get_by_label(re.compile("telepon")).input_value() == "12345"
    assert page.get_by_label(re.compile("telepon")).get_attribute("aria-invalid") == "true"


def test_a_double_click_is_one_complaint(system: System, page: Page) -> None:
    words = f"Trotoar retak di depan balai RW {page.viewport_size['width']}"  # type: ignore[index]
    page.goto(f"{system.intake_url}/")
    page.get_by_label(re.compile("Apa yang terjadi")).fill(words)
    page.get_by_role("button", name="Kirim laporan").dblclick()
    page.wait_for_url(re.compile("complaints"))
    eventually(lambda: system.rows("intake", f"SELECT count(*) FROM complaints WHERE text = '{words}'") == [(1,)])


def test_a_coordinator_assigns_from_triage_and_the_agency_is_told(system: System, page: Page, tmp_path: Path) -> None:
    receipt = system.submit("min tlg dong pak admin").json()
    ticket = receipt["ticket"]
    eventually(lambda: system.rows("desk", f"SELECT state FROM cases WHERE ticket='{ticket}'") == [("triage",)], 5)
    _log_in(system, page, "koordinator")
    page.goto(f"{system.desk_url}/triage")
    assert ticket in page.content()
    _no_sideways_scrolling(page)
    page.screenshot(path=tmp_path / "triage.png", full_page=True)
    page.goto(f"{system.desk_url}/cases/{ticket}")
    _no_sideways_scrolling(page)
    page.locator("select[name=agency]").select_option(value=re.compile("DLH").pattern)
    page.locator("[name=reason]").first.fill("Menurut telepon pelapor ini soal sampah")
    page.get_by_role("button", name=re.compile("Serahkan")).last.click()
    page.screenshot(path=tmp_path / "case.png", full_page=True)
    status = eventually(lambda: _assigned(system, ticket, receipt["tracking_code"]), 5, describe=system.describe)
    assert status["agency"] == "DLH"
    told = eventually(lambda: [notice.to for notice in system.captured(ticket)], 5)
    assert told == ["dlh@cimahi.example"]


def test_an_officer_sees_the_cases_of_the_own_agency_only(system: System, page: Page) -> None:
    mine = system.submit("PJU mati di gang kami, gelap sekali").json()["ticket"]
    other = system.submit("sampah numpuk di pasar, ga diangkut 2 minggu").json()["ticket"]
    for ticket in (mine, other):
        eventually(lambda ticket=ticket: system.rows("desk", f"SELECT agency FROM cases WHERE ticket='{ticket}'"), 5)
    _log_in(system, page, "petugas.dishub")
    page.goto(f"{system.desk_url}/cases")
    assert mine in page.content()
    assert other not in page.content()
    assert page.goto(f"{system.desk_url}/cases/{other}").status == 404  # type: ignore[union-attr]
    assert page.goto(f"{system.desk_url}/cases/{mine}").status == 200  # type: ignore[union-attr]
    assert page.locator("mark").count() > 0, "the words that led here are marked"


def _log_in(system: System, page: Page, login: str) -> None:
    password = (system.data / "secrets" / "demo_password").read_text().strip()
    page.goto(f"{system.desk_url}/login")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name=re.compile("Masuk")).click()
    assert not page.url.endswith("/login"), page.inner_text("body")


def _assigned(system: System, ticket: str, code: str) -> dict[str, object] | None:
    found = system.status(ticket, code)
    return found if found["status"] == "routed" else None


def _find(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match.group(0)


def _no_sideways_scrolling(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{page.url} is {width} px wide"  # type: ignore[index]
