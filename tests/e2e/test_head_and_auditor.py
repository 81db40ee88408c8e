"""A head who goes on leave, an auditor who reads everything and changes nothing, and the desk in English."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, text

from tests.e2e.agency_steps import (
    PHONE,
    Staff,
    await_state,
    complaint_by_text,
    expect_told,
    inspect,
    new_phone,
    open_case,
    open_fold,
    press,
    staff_of,
)
from tests.e2e.citizen_steps import look_over
from tests.support.eventually import eventually
from tests.support.system import System

LAMP = "PJU mati di Jalan Pojok, gelap sekali"
READ_BY_AUDITORS = (
    "/triage", "/cases", "/captured", "/deliveries", "/agencies", "/quarantine", "/dead", "/rules", "/audit",
    "/privacy",
)  # fmt: skip


@pytest.fixture(scope="module")
def system(wakeful_system: System) -> System:
    return wakeful_system


@pytest.fixture(scope="module")
def staff(system: System, chromium: Browser) -> Iterator[Staff]:
    with staff_of(system, chromium) as staff:
        yield staff


def test_whoever_acts_for_the_head_reads_what_is_confidential(system: System, staff: Staff) -> None:
    """For as long as the leave lasts."""
    ticket, _ = complaint_by_text(system, new_phone(), f"RAHASIA {LAMP}, ulah oknum petugas")
    await_state(system, ticket, "forwarded")
    officer, head = staff.page_of("petugas.dishub"), staff.page_of("kepala.dishub", PHONE)
    assert _status(system, officer, ticket) == 404
    inspect(officer, "not-for-officers")
    open_case(system, head, ticket)
    expect(head.locator("main")).to_contain_text("Rahasia")
    inspect(head, "confidential")

    head.goto(f"{system.desk_url}/agencies/DISHUB")
    inspect(head, "own-agency")
    open_fold(head, "Catat cuti")
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Jakarta")).date()
    head.get_by_label("Yang cuti").select_option("kepala.dishub")
    head.get_by_label("Pengganti").select_option("petugas.dishub")
    head.get_by_label("Hari pertama").fill(today.isoformat())
    head.get_by_label("Hari terakhir").fill((today + timedelta(days=1)).isoformat())
    look_over(head)
    press(head, "Catat cuti")
    expect_told(head, "Cuti sudah dicatat")
    inspect(head, "on-leave")
    open_case(system, officer, ticket)
    expect(officer.locator("header.top")).to_contain_text("Plh.")
    inspect(officer, "acting")

    with head.expect_navigation():
        head.get_by_role("button", name=re.compile("Akhiri cuti sekarang")).click()
    expect_told(head, "Cuti ini sudah diakhiri")
    assert _status(system, officer, ticket) == 404


def test_a_head_sees_what_was_escalated(system: System, staff: Staff) -> None:
    """As it stands when a deadline has passed; the clocks themselves are tested elsewhere."""
    ticket, _ = complaint_by_text(system, new_phone(), f"{LAMP} sejak bulan lalu")
    await_state(system, ticket, "forwarded")
    engine = create_engine(system.database_url("desk"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE cases SET rung = 2 WHERE ticket = :ticket"), {"ticket": ticket})
    engine.dispose()
    head = staff.page_of("kepala.dishub", PHONE)
    head.goto(f"{system.desk_url}/cases?escalated=1")
    expect(head.locator("[data-row]").filter(has_text=ticket)).to_contain_text("Eskalasi 2")
    inspect(head, "escalated")


def test_a_coordinator_looks_after_the_directory(system: System, staff: Staff) -> None:
    page = staff.page_of("koordinator")
    page.goto(f"{system.desk_url}/agencies")
    inspect(page, "directory")
    page.goto(f"{system.desk_url}/agencies/DLH")
    inspect(page, "agency")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("Kirim percobaan.*Surel")).click()
    expect_told(page, "Ini peragaan")
    look_over(page)
    eventually(lambda: [one for one in system.captured() if one.to == "dlh@cimahi.example"], 10)

    with page.expect_navigation():
        page.get_by_role("link", name=re.compile("^Ubah")).first.click()
    inspect(page, "agency-form")
    page.get_by_label(re.compile("^Surel nama@|^Surel$|^Surel ")).first.fill("bukan alamat")
    page.get_by_role("button", name=re.compile("^Simpan")).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    look_over(page)
    page.get_by_label(re.compile("^Surel ")).first.fill("pengaduan.dlh@cimahi.example")
    reason = page.get_by_label(re.compile("^Alasan"))
    if reason.count():
        reason.fill("Kotak surelnya berganti")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Simpan")).click()
    expect(page.locator("#ways")).to_contain_text("pengaduan.dlh@cimahi.example")
    expect(page.get_by_role("region", name="Riwayat perubahan")).to_contain_text("pengaduan.dlh@cimahi.example")
    inspect(page, "agency-changed")


def test_an_auditor_reads_everything_and_changes_nothing(system: System, staff: Staff) -> None:
    ticket, _ = complaint_by_text(system, new_phone(), f"RAHASIA {LAMP} dekat makam")
    await_state(system, ticket, "forwarded")
    auditor, coordinator = staff.page_of("auditor"), staff.page_of("koordinator")
    for path in (*READ_BY_AUDITORS, f"/cases/{ticket}"):
        answer = auditor.goto(f"{system.desk_url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        inspect(auditor, f"auditor{path.replace('/', '-')}")
        assert auditor.locator("main form[method=post]").count() == 0, path
        acts = auditor.locator(".audit td:nth-child(3)").all_inner_texts()
        assert not [one for one in acts if re.match(r"[a-z]+\.[a-z]", one)], "acts are told in words"
    await_state(system, ticket, "forwarded")
    expect(auditor.locator("main")).to_contain_text("dekat makam")

    open_case(system, coordinator, ticket)
    token = auditor.locator("header input[name=csrf_token]").get_attribute("value") or ""
    addresses = coordinator.locator("main form[method=post]").evaluate_all("forms => forms.map((one) => one.action)")
    assert len(set(addresses)) >= 4, addresses
    for address in sorted(set(addresses)):
        refused = auditor.request.post(address, form={"csrf_token": token, "revision": "1"})
        assert refused.status == 403, address


def test_the_desk_speaks_english(system: System, staff: Staff) -> None:
    ticket, _ = complaint_by_text(system, new_phone(), f"{LAMP} depan warung")
    await_state(system, ticket, "forwarded")
    page = staff.page_of("kepala.dishub", locale="en-GB")
    page.goto(f"{system.desk_url}/cases?lang=en")
    inspect(page, "english-inbox", "en")
    page.goto(f"{system.desk_url}/cases/{ticket}?lang=en")
    inspect(page, "english-case", "en")


def _status(system: System, page: Page, ticket: str) -> int:
    answer = page.goto(f"{system.desk_url}/cases/{ticket}")
    assert answer is not None
    return answer.status
