"""A coordinator makes a rule from a complaint that nobody was found for; the secretary approves; the next one goes."""

import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.agency_steps import (
    PHONE,
    Staff,
    await_state,
    complaint_by_text,
    expect_told,
    inspect,
    new_phone,
    open_case,
    press,
    staff_of,
)
from tests.support.eventually import eventually
from tests.support.system import System

WORDS = "Gapura RW miring hampir roboh, takut menimpa anak-anak"
PHRASE = "gapura rw miring"
_PATIENCE_MS = 30_000
"""The rules of a whole city are compiled anew for several of these pages."""
_numbers = itertools.count(2)


@pytest.fixture(scope="module")
def system(wakeful_system: System) -> System:
    return wakeful_system


@pytest.fixture(scope="module")
def staff(system: System, chromium: Browser) -> Iterator[Staff]:
    with staff_of(system, chromium) as staff:
        yield staff


def test_a_rule_from_a_complaint_that_no_rule_knew(system: System, staff: Staff) -> None:
    ticket, _ = complaint_by_text(system, new_phone(), WORDS)
    await_state(system, ticket, "triage")
    coordinator, secretary = staff.page_of("koordinator"), staff.page_of("sekretaris", PHONE)
    for page in (coordinator, secretary):
        page.set_default_timeout(_PATIENCE_MS)
    open_case(system, coordinator, ticket)
    with coordinator.expect_navigation():
        coordinator.get_by_role("link", name="Buat aturan dari ini").click()
    inspect(coordinator, "rule-from-case")
    _pick_words(coordinator)
    inspect(coordinator, "rule-trial")
    expect(coordinator.locator("main")).to_contain_text(ticket)
    draft = _propose(coordinator)

    secretary.goto(f"{system.desk_url}/rules")
    inspect(secretary, "rules")
    secretary.goto(draft)
    expect(secretary.locator("main")).to_contain_text(PHRASE)
    inspect(secretary, "rule-to-settle")
    press(secretary, "Setujui")
    expect_told(secretary, "berlaku")
    inspect(secretary, "rule-approved")
    eventually(lambda: _goes_by_itself(system), 20, every=0.5, describe=system.describe)


def _pick_words(page: Page) -> None:
    page.get_by_role("option", name="Gapura", exact=True).click()
    page.get_by_role("option", name="miring", exact=True).click(modifiers=["Shift"])
    expect(page.get_by_role("textbox", name=re.compile("^Frasa"))).to_have_value(PHRASE)
    page.get_by_label("Instansi dan aturannya").select_option("DPKP/")
    with page.expect_navigation():
        page.get_by_role("button", name="Tambahkan ke konsep dan coba").click()
    expect(page.locator("main")).to_contain_text("laporan akan berpindah", timeout=20_000)


def _propose(page: Page) -> str:
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile("Kembali ke konsep")).click()
    inspect(page, "rule-draft")
    page.get_by_label(re.compile("^Alasan")).fill("Warga sering menulis gapura tanpa kata lain")
    press(page, "Usulkan")
    expect(page.locator("main")).to_contain_text("Orang lain perlu memeriksanya")
    inspect(page, "rule-proposed")
    return page.url


def _goes_by_itself(system: System) -> bool:
    """The router follows within seconds, so perhaps not yet the first of these."""
    ticket, _ = complaint_by_text(system, new_phone(), f"{WORDS} {next(_numbers)}")
    asked = f"SELECT agency FROM decisions WHERE ticket = '{ticket}'"
    return eventually(lambda: system.rows("router", asked), 10) == [("DPKP",)]
