"""A flooded city asks for a code: the form, the message with the code, the page where it is typed, the receipt."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.citizen_steps import look_over, read_receipt, send
from tests.support.eventually import eventually
from tests.support.system import EmbeddedSystem, System


@pytest.fixture(scope="module")
def careful_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with EmbeddedSystem(tmp_path_factory.mktemp("careful"), TANGGAP_FORM_CHECK="code") as system:
        yield system


def opened(chromium: Browser, system: System, *, scripts: bool, locale: str = "id-ID") -> Page:
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, locale=locale, java_script_enabled=scripts
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{system.intake_url}/")
    return page


def code_in(system: System, number: str) -> str:
    """As it stands in the message."""
    notice = eventually(
        lambda: next((one for one in system.captured() if one.to == number), None), 10, describe=system.describe
    )
    found = re.search(r"(?<![0-9])[0-9]{6}(?![0-9])", notice.body)
    assert found is not None, notice.body
    return found.group()


def test_with_scripts_in_english(chromium: Browser, careful_system: System) -> None:
    words = "Street light is out at the corner, lampu jalan mati"
    page = opened(chromium, careful_system, scripts=True, locale="en-GB")
    page.locator("#text").fill(words)
    page.locator("#phone").fill("0812 0000 1234")
    send(page)
    page.wait_for_url("**/checks/*")
    look_over(page, "en")
    assert careful_system.rows("intake", "SELECT count(*) FROM complaints") == [(0,)]
    page.locator("#code").fill("12")
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_role("alert")).to_contain_text("does not match")
    look_over(page, "en")
    page.locator("#code").fill(code_in(careful_system, "+6281200001234"))
    page.get_by_role("button", name="Send report").click()
    receipt = read_receipt(page)
    assert page.evaluate("localStorage.getItem('tanggap.draft')") is None
    eventually(lambda: careful_system.status(receipt.ticket, receipt.code)["agency"] == "DISHUB", 10)
    page.context.close()


def test_without_scripts_and_with_a_second_code(chromium: Browser, careful_system: System) -> None:
    page = opened(chromium, careful_system, scripts=False)
    page.locator("#text").fill("Trotoar pecah di depan apotek, sudah lama")
    page.locator("#phone").fill("0812 0000 5678")
    page.wait_for_timeout(2100)  # whoever is faster is asked to press again
    send(page)
    first = page.url
    page.get_by_role("button", name="Kirim kode baru").click()
    expect(page.get_by_role("status")).to_contain_text("Kode baru sedang dikirim")
    assert page.url != first
    page.get_by_role("button", name="Ubah isian").click()
    expect(page.locator("#text")).to_have_value("Trotoar pecah di depan apotek, sudah lama")
    page.locator("#phone").fill("")
    send(page)
    read_receipt(page)
    stored = "SELECT contact_ref FROM complaints WHERE text = 'Trotoar pecah di depan apotek, sudah lama'"
    assert careful_system.rows("intake", stored) == [(None,)]
    page.context.close()
