"""Somebody at the own account in a real browser: a second factor, sessions, an invitation that came by mail."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.support.eventually import eventually
from tests.support.system import Captured, System

WIDTHS = {"phone": (360, 740), "desktop": (1280, 800)}
NEW = "gajah-minum-kopi"


@pytest.fixture(params=sorted(WIDTHS))
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    width, height = WIDTHS[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="id-ID")
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    context.close()


def looks_right(page: Page, picture: Path) -> None:
    page.screenshot(path=picture, full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def demo_password(system: System) -> str:
    return (system.data / "secrets" / "demo_password").read_text().strip()


def mails_to(system: System, address: str) -> list[Captured]:
    return [notice for notice in system.captured() if notice.to == address]


def log_in(system: System, page: Page, login: str, password: str) -> None:
    page.goto(f"{system.desk_url}/login")
    page.get_by_label("Nama masuk").fill(login)
    page.get_by_label("Sandi", exact=True).fill(password)
    page.get_by_role("button", name="Masuk", exact=True).click()


def test_from_an_invitation_to_a_second_factor(embedded_system: System, page: Page, tmp_path: Path) -> None:
    system, login = embedded_system, f"siti.{page.viewport_size['width']}"  # type: ignore[index]
    log_in(system, page, "koordinator", demo_password(system))
    page.goto(f"{system.desk_url}/agencies/DISHUB#people")
    page.get_by_text("Tambah orang").first.click()
    page.get_by_label("Nama", exact=True).fill("Siti Rahma")
    page.get_by_label(re.compile("^Nama masuk")).fill(login)
    page.get_by_label(re.compile("^Alamat surel ke sana")).fill(f"{login}@kota.example")
    looks_right(page, tmp_path / "people.png")
    page.get_by_role("button", name="Tambah orang").click()
    mail = eventually(lambda: next(iter(mails_to(system, f"{login}@kota.example")), None), 10)
    link = re.search(r"/login/link\?t=\S+", mail.body)
    assert link is not None
    page.get_by_role("button", name="Keluar").click()

    page.goto(f"{system.desk_url}{link[0]}")
    assert "t=" not in page.url
    page.get_by_label(re.compile("12 sampai 200")).fill(NEW)
    page.get_by_label(re.compile("sekali lagi")).fill(NEW)
    looks_right(page, tmp_path / "choose.png")
    page.get_by_role("button", name="Simpan sandi").click()
    log_in(system, page, login, NEW)
    page.goto(f"{system.desk_url}/account")
    looks_right(page, tmp_path / "account.png")
    page.get_by_role("link", name="Atur langkah kedua").click()
    page.get_by_label("Sandi sekarang").fill(NEW)
    page.get_by_role("button", name="Buat kode QR").click()
    page.get_by_text("Tidak dapat memindai?").click()
    secret = page.locator("code.key").inner_text()
    looks_right(page, tmp_path / "second.png")
    page.get_by_label("Kode enam angka").fill(pyotp.TOTP(secret).at(datetime.now(UTC)))
    page.get_by_role("button", name="Aktifkan langkah kedua").click()
    looks_right(page, tmp_path / "codes.png")
    code = page.locator(".codes code").first.inner_text()

    page.get_by_role("button", name="Keluar").click()
    log_in(system, page, login, NEW)
    looks_right(page, tmp_path / "code.png")
    page.get_by_label("Kode", exact=True).fill(code)
    page.get_by_role("button", name="Lanjutkan").click()
    assert page.get_by_text("Siti Rahma").first.is_visible()
    page.goto(f"{system.desk_url}/account")
    assert "Sisa kode pemulihan: 9" in page.inner_text("main")


@pytest.mark.parametrize("path", ["/login", "/login/forgot", "/login/link"])
def test_the_pages_before_the_login(embedded_system: System, page: Page, tmp_path: Path, path: str) -> None:
    page.goto(f"{embedded_system.desk_url}{path}")
    looks_right(page, tmp_path / "before.png")
