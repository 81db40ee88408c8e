"""The disk under the data folder is full: receipts are refused until there is space, and nothing is lost."""

from pathlib import Path

import pytest
import requests

from tests.support.eventually import eventually
from tests.support.missing import NotInstalled
from tests.support.small_disk import SmallDisk
from tests.support.system import EmbeddedSystem


def complain(system: EmbeddedSystem, number: int) -> int:
    body = {"text": f"Lampu PJU mati di gang {number}, gelap sekali " + "x" * 3_000}
    return requests.post(f"{system.intake_url}/api/v1/complaints", json=body, timeout=30).status_code


def test_receipts_are_refused_until_there_is_space_and_nothing_is_lost(tmp_path: Path) -> None:
    try:
        disk = SmallDisk(tmp_path / "data", 60).__enter__()
    except NotInstalled as problem:
        pytest.skip(str(problem))
    system = EmbeddedSystem(tmp_path / "data")
    try:
        with system:
            assert complain(system, 0) == 201
            disk.fill()
            statuses = [complain(system, number) for number in range(1, 60)]
            assert set(statuses) <= {201, 503}
            assert statuses[-1] == 503
            disk.empty()
            eventually(lambda: complain(system, 99) == 201, 20, describe=system.describe)
            stored = system.rows("intake", "SELECT COUNT(*) FROM complaints")[0][0]
            assert stored == 2 + statuses.count(201)
            outbox = "SELECT COUNT(*) FROM outbox WHERE published_at IS NULL"
            eventually(lambda: system.rows("intake", outbox)[0][0] == 0, 30, describe=system.describe)
            routed = "SELECT COUNT(*) FROM cases"
            eventually(lambda: system.rows("desk", routed)[0][0] == stored, 30, describe=system.describe)
    finally:
        disk.__exit__(None, None, None)
