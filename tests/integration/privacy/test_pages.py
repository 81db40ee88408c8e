"""What citizens and their programs see of a complaint whose text was removed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.intake.parts import IntakeParts
from services.intake.privacy.erasing import PARTS, RETENTION
from services.intake.submission import Contact, Receipt
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from tests.integration.answering import settle
from tests.unit.intake.building import Intake, intake, settings, small_city, submission

WHY = "karena masa simpannya habis"


@pytest.fixture
def erased(tmp_path: Path) -> Iterator[tuple[Intake, Receipt]]:
    made = settings()
    made = replace(made, common=replace(made.common, data=tmp_path))
    with intake(f"sqlite:///{tmp_path}/intake.db", common=made.common) as built:
        receipt = built.door.accept(submission(contact=Contact("siti@example.org")))
        settle(built, receipt.complaint_id)
        parts = IntakeParts.of(made, built.database, MemoryBroker(TOPOLOGY), built.clock, Metrics(), small_city())
        with built.database.write() as tx:
            parts.purge.erasing.erase(tx, receipt.complaint_id, PARTS, reason=RETENTION)
        yield built, receipt


def test_the_tracking_page_tells_it_and_offers_no_forms(erased: tuple[Intake, Receipt]) -> None:
    built, receipt = erased
    page = built.client.get(
        f"/complaints/{receipt.ticket}?code={receipt.tracking_code}", headers={"Accept": "text/html"}
    )
    assert page.status_code == 200
    assert f"Isi laporan dan jawabannya dihapus {WHY}." in page.text
    assert "Kontak pelapor dihapus" in page.text
    assert "Foto laporan" not in page.text, "there were none"
    assert 'id="tambah"' not in page.text
    assert 'id="nilai"' not in page.text
    english = built.client.get(
        f"/complaints/{receipt.ticket}?code={receipt.tracking_code}&lang=en", headers={"Accept": "text/html"}
    )
    assert "as the time for keeping them is over" in english.text


def test_the_api_tells_it_in_the_timeline_and_takes_nothing_more(erased: tuple[Intake, Receipt]) -> None:
    built, receipt = erased
    headers = {"X-Tracking-Code": receipt.tracking_code}
    found = built.client.get(f"/api/v1/complaints/{receipt.ticket}", headers=headers).json
    assert found["status"] == "closed"
    assert [one["event"] for one in found["timeline"]][-2:] == ["erased", "erased"]
    assert found["timeline"][-1]["note"].endswith(f"{WHY}.")
    answer = built.client.post(
        f"/api/v1/complaints/{receipt.ticket}/additions", json={"text": "Masih ada."}, headers=headers
    )
    assert (answer.status_code, answer.json["code"]) == (410, "already_removed")
