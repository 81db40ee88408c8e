"""A client of Open311 that is not of this project works against `tanggap up`, and so do the examples of the docs."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from georeport import GeoReport

from tests.support.eventually import eventually
from tests.support.system import System

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(r"```sh\n(.+?)```\n+```\w*\n(.+?)```", (ROOT / "docs/open311.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("format_", ["json", "xml"])
def test_georeport_lists_services_and_follows_a_request(system: System, format_: str) -> None:
    root = f"{system.intake_url}/open311/v2"
    client = GeoReport(root, jurisdiction="cimahikota.go.id", output_format=format_)
    codes = [service["service_code"] for service in client.get_service_list()]
    assert "lampu-jalan" in codes
    definition = client.get_service_definition("lampu-jalan")
    assert definition["service_code"] == "lampu-jalan"
    assert "nomor-tiang" in str(definition)

    # The client reads only: the standard's form is posted as it says.
    report = {
        "api_key": "xyz", "jurisdiction_id": "cimahikota.go.id", "service_code": "lampu-jalan",
        "lat": "-6.8841", "long": "107.5412", "email": f"open311.{format_}@example.org",
        "description": f"PJU mati di Jalan Baros sejak Senin, gelap sekali ({format_})",
        "attribute[nomor-tiang]": "B-12",
    }  # fmt: skip
    answer = requests.post(f"{root}/requests.json", data=report, timeout=10)
    assert answer.status_code == 200, answer.text
    ticket = answer.json()[0]["service_request_id"]

    shown = eventually(lambda: _in_charge(client, ticket), 10, describe=system.describe)
    assert shown["agency_responsible"] == "Dinas Perhubungan"
    assert (shown["status"], shown["service_code"]) == ("open", "lampu-jalan")
    assert not {"description", "address", "lat", "long", "media_url", "email"} & set(shown)
    listed = client.get_service_requests(service_request_id=ticket)
    assert (listed if isinstance(listed, list) else [listed]) == [shown]
    eventually(lambda: len(system.captured(ticket)) == 2, 10, describe=system.describe)
    told = {notice.to for notice in system.captured(ticket)}
    assert report["email"] in told
    assert any(address.startswith("dishub@") for address in told)


def test_georeport_reads_a_list_that_is_empty(embedded_system: System) -> None:
    client = GeoReport(f"{embedded_system.intake_url}/open311/v2")
    assert client.get_service_requests(status="open", start_date="2026-11-01T00:00:00Z") == []
    with pytest.raises(requests.HTTPError, match="404"):
        client.get_service_request("CMH-0000-0000")


def test_the_choice_of_a_service_does_not_outvote_the_words(embedded_system: System) -> None:
    root = f"{embedded_system.intake_url}/open311/v2"
    words = {"service_code": "sampah", "description": "PJU mati di Jalan Baros sejak Senin, gelap sekali"}
    ticket = requests.post(f"{root}/requests.json", data={**words, "address_string": "Jalan Baros"}, timeout=10).json()[
        0
    ]["service_request_id"]
    shown = eventually(lambda: _in_charge(GeoReport(root), ticket), 10, describe=embedded_system.describe)
    assert shown["agency_responsible"] == "Dinas Perhubungan"
    # The desk and the citizen's page hear the decision each for itself.
    of_the_case = f"SELECT external_refs FROM cases WHERE ticket='{ticket}'"
    stored = eventually(lambda: embedded_system.rows("desk", of_the_case), 10, describe=embedded_system.describe)
    assert "sampah" in str(stored)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize(("command", "expected"), EXAMPLES)
def test_the_examples_of_the_docs(embedded_system: System, command: str, expected: str) -> None:
    """What stands there comes out, but for numbers and dates; `…` leaves something out."""
    ran = command.replace("http://localhost:8000", embedded_system.intake_url)
    done = subprocess.run(["bash", "-c", ran], capture_output=True, text=True, timeout=20, check=True)
    pieces = [re.escape(piece) for piece in re.split(r"…", " ".join(expected.split()))]
    pattern = ".*".join(pieces)
    pattern = re.sub(r"CMH\\-\w{4}\\-\w{4}", r"CMH-\\w{4}-\\w{4}", pattern)
    pattern = re.sub(r"\d{4}\\-\d\d\\-\d\dT\d\d:\d\d:\d\dZ", r"[\\dT:Z-]+", pattern)
    assert re.fullmatch(pattern, " ".join(done.stdout.split())), done.stdout + done.stderr


def _in_charge(client: GeoReport, ticket: str) -> dict[str, Any] | None:
    found: dict[str, Any] = client.get_service_request(ticket)
    return found if found["agency_responsible"] else None
