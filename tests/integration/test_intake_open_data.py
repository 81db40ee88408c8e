"""Open data, as everybody reads it, on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.intake import repository_open_data
from shared.contracts.envelope import Envelope
from shared.contracts.statistics import PublicCount, StatisticsPublished
from tests.unit.intake.building import Intake, intake
from tests.unit.intake.open311_city import open311_city

AT = datetime(2026, 12, 6, tzinfo=UTC)
COUNTS = [
    PublicCount("total", "", "", "", 41),
    PublicCount("total", "", "", "pengaduan", 36),
    PublicCount("agency", "DISHUB", "Dinas Perhubungan", "", 12),
    PublicCount("channel", "=wa", "=wa", "", 7),
]


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url, pack=open311_city()) as one:
        yield one


def hear(built: Intake, month: str, counts: list[PublicCount]) -> None:
    fact = StatisticsPublished(month=month, counts=counts, counted_at=AT)
    with built.database.write() as tx:
        repository_open_data.keep(tx, Envelope.of(fact, source="desk", time=AT))


def get(built: Intake, path: str) -> Any:
    return built.client.get(path)


def test_a_year_is_read_as_page_and_as_files(built: Intake) -> None:
    hear(built, "2025-12", [])
    hear(built, "2026-11", COUNTS)
    page = get(built, "/open-data")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "public, max-age=3600"
    assert "November 2026" in page.text
    assert "41" in page.text
    assert "Dinas Perhubungan" in page.text
    assert "disembunyikan" in get(built, "/open-data?year=2025").text
    told = get(built, "/open-data/2026.json").get_json()
    assert told["year"] == 2026
    assert list(told["months"]) == ["2026-11"]
    assert len(told["counts"]) == 4
    rows = list(csv.DictReader(io.StringIO(get(built, "/open-data/2026.csv").text.removeprefix("\ufeff"))))
    assert [(row["dimension"], row["value"], row["kind"], row["number"]) for row in rows] == [
        ("agency", "DISHUB", "", "12"), ("channel", "'=wa", "", "7"), ("total", "", "", "41"),
        ("total", "", "pengaduan", "36"),
    ]  # fmt: skip


def test_what_was_said_of_a_month_first_holds(built: Intake) -> None:
    hear(built, "2026-11", COUNTS[:1])
    hear(built, "2026-11", COUNTS)
    assert [one["number"] for one in get(built, "/open-data/2026.json").get_json()["counts"]] == [41]


def test_a_year_of_which_nothing_is_open(built: Intake) -> None:
    assert "Belum ada bulan yang terbit" in get(built, "/open-data").text
    hear(built, "2026-11", COUNTS)
    for path in ("/open-data/2025.csv", "/open-data/2025.json", "/open-data/26.csv", "/open-data/2026.xml"):
        assert get(built, path).status_code == 404
    assert get(built, "/open-data?year=%00").status_code == 200
