"""An operator looks after messages, in a real browser: what was sent, what went wrong, how each would read."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from services.notifier.tables import alerts, deliveries
from shared.ids import new_id
from shared.storage.database import Database
from tests.e2e.citizen_steps import look_over
from tests.support.eventually import eventually
from tests.support.system import System

WIDTHS = {"phone": (360, 740), "desktop": (1280, 800)}
embedded = pytest.mark.parametrize("system", ["embedded"], indirect=True)
AT = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)


@pytest.fixture(params=sorted(WIDTHS))
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    width, height = WIDTHS[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="id-ID")
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    context.close()


@pytest.fixture
def notifier(system: System) -> Iterator[Database]:
    database = Database(system.database_url("notifier"))
    yield database
    database.close()


def test_an_operator_sends_again_what_may_not_have_arrived(system: System, page: Page, notifier: Database) -> None:
    ticket = system.submit("PJU mati di Jalan Baros, gelap sekali").json()["ticket"]
    notice = eventually(lambda: _notice(notifier, ticket), 10, describe=system.describe)
    _change(notifier, notice, state="uncertain", reason="no_answer")
    _log_in(system, page, "operator")
    page.goto(f"{system.desk_url}/deliveries?state=uncertain")
    look_over(page)
    page.get_by_role("link", name=re.compile(f"Pemberitahuan laporan {ticket}")).click()
    look_over(page)
    assert "Baros" not in page.inner_text("main"), "an operator reads no complaint"
    page.get_by_label(re.compile("Alasan")).fill("instansi belum menerima")
    page.get_by_role("button", name="Kirim ulang").click()
    assert "mungkin sampai dua kali" in page.inner_text("main")
    look_over(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Tetap kirim ulang").click()
    assert "akan dikirim ulang" in page.inner_text("main")
    eventually(lambda: _notice(notifier, ticket, "captured"), 10, describe=system.describe)
    page.reload()
    assert "Dikirim ulang oleh operator" in page.inner_text("main")


@embedded
def test_an_alert_is_seen_on_every_page_and_cleared(system: System, page: Page, notifier: Database) -> None:
    row = {"alert_id": new_id(), "kind": "mailbox_failing", "subject": "DISHUB", "count": 3, "first_at": AT,
           "details": {"agency": "DISHUB", "channel": "email"}, "last_at": AT, "cleared_at": None,
           "cleared_by": ""}  # fmt: skip
    with notifier.write() as tx:
        tx.execute(alerts.insert(), row)
    _log_in(system, page, "operator")
    page.goto(f"{system.desk_url}/alerts")
    assert "Kotak surel Dinas Perhubungan bermasalah" in page.inner_text("main")
    page.locator("main details").first.click()
    look_over(page)
    page.get_by_label(re.compile("Alasan")).first.fill("alamat sudah diganti")
    with page.expect_navigation():
        page.get_by_role("button", name="Tandai selesai").first.click()
    assert "Tidak ada peringatan" in page.inner_text("main")
    look_over(page)


@embedded
def test_every_message_can_be_read_without_sending_it(system: System, page: Page) -> None:
    _log_in(system, page, "koordinator")
    page.goto(f"{system.desk_url}/notifications")
    for number in range(page.get_by_label("Pilih pesan").locator("p").first.locator("a").count()):
        page.get_by_label("Pilih pesan").locator("p").first.locator("a").nth(number).click()
        if page.locator("iframe.mail").count():  # read first: an empty frame is nothing that axe can look at
            assert len(page.frame_locator("iframe.mail").locator("body").inner_text()) > 40
        look_over(page)
    page.goto(f"{system.desk_url}/notifications?message=case_notice")
    assert "specversion" in page.inner_text("main")


def _notice(database: Database, ticket: str, state: str = "captured") -> str | None:
    mine = deliveries.c.ticket == ticket, deliveries.c.message == "case_notice", deliveries.c.state == state
    with database.read() as connection:
        row = connection.execute(select(deliveries.c.delivery_id).where(*mine)).first()
    return None if row is None else str(row.delivery_id)


def _change(database: Database, delivery_id: str, **values: str) -> None:
    with database.write() as tx:
        tx.execute(update(deliveries).where(deliveries.c.delivery_id == delivery_id).values(values))


def _log_in(system: System, page: Page, login: str) -> None:
    password = (system.data / "secrets" / "demo_password").read_text().strip()
    page.goto(f"{system.desk_url}/login")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name=re.compile("Masuk")).click()
    assert not page.url.endswith("/login"), page.inner_text("body")
