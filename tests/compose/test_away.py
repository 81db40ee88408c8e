"""What a citizen at the form reads, and keeps, while the database or the form itself is away. In a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.compose.stack import Stack
from tests.support.eventually import eventually

WIDTHS = {"phone": (360, 740), "desktop": (1280, 800)}
TYPED = {
    "text": "Lampu PJU mati di gang kami sejak Senin.\nGelap sekali <di depan> sekolah & masjid.",
    "detail": 'Jl. Mawar 5, "gang buntu"',
    "phone": "0812 3456 7890",
    "email": "siti@example.org",
    "name": "Siti Aminah",
}


@pytest.fixture(params=sorted(WIDTHS))
def page(request: pytest.FixtureRequest, chromium: Browser, stack: Stack) -> Iterator[Page]:
    stack.await_healthy()
    width, height = WIDTHS[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        locale="id-ID",
        ignore_https_errors=True,
        java_script_enabled=False,  # what the script does then is seen in tests/e2e
    )
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    yield opened
    context.close()


def test_without_the_database_the_form_keeps_every_field(stack: Stack, page: Page, tmp_path: Path) -> None:
    _fill(stack, page)
    stack.containers()["postgres"].kill()
    try:
        with page.expect_response("**/complaints") as answered:
            page.get_by_role("button", name="Kirim laporan").click()
        assert answered.value.status == 503
        assert answered.value.headers["retry-after"].isdigit()
        assert "Isian Anda masih ada: tunggu sebentar, lalu tekan Kirim laporan" in page.inner_text("main")
        _keeps_what_was_typed(page)
        _fits(page)
        page.screenshot(path=tmp_path / "away.png", full_page=True)
        page.screenshot(path=tmp_path / "away-top.png")
    finally:
        stack.containers()["postgres"].start()
    stack.await_healthy("postgres", "intake")
    page.get_by_role("button", name="Kirim laporan").click()
    assert re.search(r"CMH-\w{4}-\w{4}", page.inner_text("main"))


def test_without_the_form_itself_loading_the_page_again_sends_what_was_typed(
    stack: Stack, page: Page, tmp_path: Path
) -> None:
    same = "SELECT count(*) FROM complaints WHERE detail LIKE '%gang buntu%'"
    before = stack.rows("intake", same)[0][0]
    _fill(stack, page)
    stack.containers()["intake"].kill()
    try:
        page.get_by_role("button", name="Kirim laporan").click()
        assert "muat ulang halaman ini" in page.inner_text("main")
        _fits(page)
        page.screenshot(path=tmp_path / "unreachable.png", full_page=True)
    finally:
        stack.containers()["intake"].start()
    stack.await_healthy("intake")
    eventually(lambda: "CMH-" in ((page.reload() and page.inner_text("main")) or ""), 20, every=0.5)
    page.reload()
    assert stack.rows("intake", same) == [(before + 1,)], "loaded again and again, stored once"


def test_programs_are_told_in_their_own_form(stack: Stack) -> None:
    stack.await_healthy()
    stack.containers()["intake"].kill()
    try:
        with stack.session() as session:
            api = session.post(f"{stack.url}/api/v1/complaints", json={"text": "x"}, timeout=10)
            sms = session.get(f"{stack.url}/sms/kannel", params={"text": "x"}, timeout=10)
            page = session.get(f"{stack.url}/track", timeout=10)
    finally:
        stack.containers()["intake"].start()
        stack.await_healthy("intake")
    assert [answer.status_code for answer in (api, sms, page)] == [503, 503, 503]
    assert {answer.headers["Retry-After"] for answer in (api, sms, page)} == {"5"}
    assert api.headers["Content-Type"] == "application/problem+json"
    assert (api.json()["status"], api.json()["code"]) == (503, "unreachable")
    assert sms.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


def _fill(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.url}/")
    for name, value in TYPED.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=kelurahan]").select_option(label="Baros")
    page.locator("[name=kind][value=aspirasi]").check(force=True)
    page.locator("[name=identity][value=confidential]").check(force=True)
    page.wait_for_timeout(2_000)  # faster than that looks like a program


def _keeps_what_was_typed(page: Page) -> None:
    assert {name: page.locator(f"[name={name}]").input_value() for name in TYPED} == TYPED
    assert page.locator("[name=kelurahan]").input_value() == "Baros"
    assert page.locator("[name=kind][value=aspirasi]").is_checked()
    assert page.locator("[name=identity][value=confidential]").is_checked()


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"
