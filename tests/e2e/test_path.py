"""The main path, by every channel, in both ways of running: a complaint reaches its agency, the citizen gets word."""

import statistics
import time

import pytest
import requests

from tests.support.eventually import eventually
from tests.support.system import Captured, System

PJU = "PJU mati di Jalan Baros sejak Senin, gelap sekali"


def test_a_complaint_by_the_api_is_routed_and_both_are_told(system: System) -> None:
    answer = system.submit(PJU, contact={"email": "warga@example.org"})
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert set(receipt) == {"ticket", "tracking_code", "status_url", "received_at"}
    ticket, code = receipt["ticket"], receipt["tracking_code"]
    found = eventually(lambda: _routed(system, ticket, code), 5, describe=system.describe)
    assert found["agency"] == "DISHUB"
    assert found["timeline"][0]["event"] == "received"
    citizen, agency = _told(system, ticket)
    assert citizen.to == "warga@example.org"
    assert code in citizen.body
    assert "112" in citizen.body
    assert agency.to.startswith("dishub@")
    assert "warga@example.org" not in agency.path.read_text()


def test_a_complaint_by_mail(system: System) -> None:
    words = f"{PJU}, tolong.\n\nTerima kasih"
    system.send_mail("Warga <ibu.warga@example.org>", "Lampu jalan", words, "<m1@example.org>")
    citizen = eventually(lambda: _to(system, "ibu.warga@example.org"), 5, describe=system.describe)
    ticket, code = _ticket_and_code(citizen.body)
    assert eventually(lambda: _routed(system, ticket, code), 5)["agency"] == "DISHUB"
    assert _told(system, ticket)[1].to.startswith("dishub@")


def test_the_same_mail_twice_is_one_complaint(system: System) -> None:
    words = "Sampah menumpuk di depan rumah, tidak diangkut"
    for _ in range(2):
        system.send_mail("dua@example.org", "Sampah", words, "<m2@example.org>")
    eventually(lambda: _to(system, "dua@example.org"), 5, describe=system.describe)
    stored = system.rows("intake", "SELECT count(*) FROM complaints WHERE text LIKE '%menumpuk di depan rumah%'")
    assert stored == [(1,)]
    assert len([notice for notice in system.captured() if notice.to == "dua@example.org"]) == 1


def test_a_complaint_by_sms(system: System) -> None:
    answer = system.send_sms("+6281234567890", "pju mati 3 biji di gg masjid, gelap bgt", "sms-1")
    assert answer.status_code == 200, answer.text
    again = system.send_sms("+6281234567890", "pju mati 3 biji di gg masjid, gelap bgt", "sms-1")
    assert again.status_code == 200
    citizen = eventually(lambda: _to(system, "+6281234567890"), 5, describe=system.describe)
    assert citizen.path.suffix == ".json"
    assert "pju mati" not in citizen.body, "nothing of the complaint goes into an SMS"
    ticket, code = _ticket_and_code(citizen.body)
    assert eventually(lambda: _routed(system, ticket, code), 5)["agency"] == "DISHUB"
    assert len([notice for notice in system.captured() if notice.to == "+6281234567890"]) == 1


def test_garbage_at_the_market_goes_to_the_environment_agency(system: System) -> None:
    receipt = system.submit("sampah numpuk di pasar, ga diangkut 2 minggu").json()
    found = eventually(lambda: _routed(system, receipt["ticket"], receipt["tracking_code"]), 5)
    assert found["agency"] == "DLH"


def test_a_complaint_without_content_waits_for_a_person(system: System) -> None:
    receipt = system.submit("min tlg dong").json()
    ticket, code = receipt["ticket"], receipt["tracking_code"]
    found = eventually(lambda: _with_status(system, ticket, code, "triage"), 5, describe=system.describe)
    assert found["agency"] is None
    assert eventually(lambda: system.rows("desk", f"SELECT state FROM cases WHERE ticket='{ticket}'")) == [("triage",)]


def test_half_of_the_notices_are_there_within_300_milliseconds(embedded_system: System) -> None:
    """Also all within two seconds; measured from the request to the status and both captured notices."""
    waits = [_seconds_until_told(embedded_system, number) for number in range(30)]
    assert statistics.median(waits) < 0.3, sorted(waits)
    assert max(waits) < 2, sorted(waits)


def _seconds_until_told(system: System, number: int) -> float:
    started = time.monotonic()
    receipt = system.submit(f"{PJU} nomor {number}", contact={"email": f"w{number}@example.org"}).json()
    ticket, code = receipt["ticket"], receipt["tracking_code"]
    eventually(lambda: _routed(system, ticket, code) and len(system.captured(ticket)) == 2, 5, every=0.01)
    return time.monotonic() - started


def _routed(system: System, ticket: str, code: str) -> dict[str, object] | None:
    return _with_status(system, ticket, code, "routed")


def _with_status(system: System, ticket: str, code: str, status: str) -> dict[str, object] | None:
    found = system.status(ticket, code)
    return found if found["status"] == status else None


def _told(system: System, ticket: str) -> tuple[Captured, Captured]:
    """The notices to the citizen and to the agency; there must be no others."""
    notices = eventually(lambda: found if len(found := system.captured(ticket)) >= 2 else None, 5)
    citizen = [notice for notice in notices if "citizen" in notice.path.name]
    agency = [notice for notice in notices if "citizen" not in notice.path.name]
    assert (len(citizen), len(agency)) == (1, 1), [notice.path.name for notice in notices]
    return citizen[0], agency[0]


def _to(system: System, address: str) -> Captured | None:
    return next((notice for notice in system.captured() if notice.to == address), None)


def _ticket_and_code(body: str) -> tuple[str, str]:
    """As a citizen finds them: the ticket by its prefix, the code in the link or beside it."""
    import re

    ticket = re.search(r"CMH-[0-9A-Z]{4}-[0-9A-Z]{4}", body)
    code = re.search(r"code=([0-9A-Z]{5}-[0-9A-Z]{5})", body)
    assert ticket, body
    assert code, body
    return ticket.group(0), code.group(1)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_every_process_shows_its_health(system: System, path: str) -> None:
    for url in system.ready_urls():
        assert requests.get(f"{url}{path}", timeout=5).status_code == 200
