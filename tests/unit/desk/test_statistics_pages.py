"""Pages of statistics: who sees what of whom, in which order, and as which files."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.statistics import drawing, repository
from services.desk.statistics.drawing import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, nice
from services.desk.statistics.figure import Figure
from services.desk.statistics.wanted import MOST_MONTHS, Wanted, month_of, number_of, parts, read_wanted
from tests.unit.desk.figures import count_up, made
from tests.unit.desk.world import Visitor, World

HOUR = 3600
FIGURES = (
    made(1, state="closed", answer_seconds=10 * HOUR, close_seconds=30 * HOUR, settle_in_time=True, rating=4),
    made(2, settle_in_time=False, respond_in_time=False, channel="sms"),
    made(3, agency="DPUPR", kind="aspirasi"),
    made(4, agency="DPUPR", month="2026-10", day="2026-10-02", state="archived"),
    made(5, agency="KELURAHAN", month="2025-06", day="2025-06-30"),
    made(6, confidential=True, settle_in_time=False, kelurahan="Cipageran"),
    made(7, agency=""),
)


@pytest.fixture
def counted(world: World) -> Iterator[World]:
    keep(world, *FIGURES)
    return world


def keep(world: World, *figures: Figure) -> None:
    with world.database.write() as tx:
        repository.keep(tx, figures)
        repository.behind(tx, {one.month for one in figures})
    count_up(world)


def lines(visitor: Visitor, **query: str) -> dict[str, dict[str, Any]]:
    answer = visitor.client.get("/statistics.json", query_string=query)
    assert answer.status_code == 200
    return {one["value"]: one for one in json.loads(answer.text)["lines"]}


def test_the_coordinator_sees_all_agencies_and_what_they_came_to(counted: World) -> None:
    coordinator = counted.logged_in("koordinator")
    found = lines(coordinator, **{"from": "2026-11", "to": "2026-11"})
    assert {name: one["received"] for name, one in found.items()} == {"DISHUB": 3, "DPUPR": 1, "": 1}
    dishub = found["DISHUB"]
    assert (dishub["open"], dishub["settle"], dishub["satisfaction"], dishub["rated"]) == (2, 0.3333, 4.0, 1)
    assert abs(dishub["answer_median_seconds"] / (10 * HOUR) - 1) < 0.05
    assert found["DPUPR"]["answer_median_seconds"] is None
    page = coordinator.get("/statistics?from=2026-11&to=2026-11").text
    assert "Belum ada instansi" in page
    assert "Dinas Perhubungan" in page
    assert "90 persen paling lama" in page
    assert "%%" not in page


def test_an_agency_sees_its_own_whatever_it_asks_for(counted: World) -> None:
    for login in ("petugas.dishub", "kepala.dishub"):
        found = lines(counted.logged_in(login), by="channel", agency="DPUPR", **{"from": "2026-10", "to": "2026-11"})
        assert sum(one["received"] for one in found.values()) == (3 if login == "kepala.dishub" else 2)


def test_an_office_of_a_place_sees_that_place(counted: World) -> None:
    for login, place in (("lurah.baros", "Baros"), ("lurah.lain", "Cipageran")):
        counted.person(login, "head", agency="KELURAHAN", place=place)
    span = {"from": "2025-06", "to": "2025-06", "by": "kind"}
    assert lines(counted.logged_in("lurah.baros"), **span)["pengaduan"]["received"] == 1
    assert lines(counted.logged_in("lurah.lain"), **span) == {}
    assert counted.logged_in("lurah.lain").get("/statistics/recap/KELURAHAN Baros/2025-06").status_code == 404
    assert counted.logged_in("lurah.baros").get("/statistics/recap/KELURAHAN Baros/2025-06").status_code == 200


def test_each_way_of_looking_at_it_has_its_page(counted: World) -> None:
    auditor = counted.logged_in("auditor")
    for by in ("agency", "kind", "kecamatan", "kelurahan", "channel"):
        page = auditor.get(f"/statistics?by={by}")
        assert page.status_code == 200
        assert page.text.count('<svg viewBox="0 0 360 190"') == 4
    assert sum(one["received"] for one in lines(auditor, by="kecamatan", **{"from": "2017-01"}).values()) == 7


def test_ten_years_are_shown_by_years(counted: World) -> None:
    found = lines(counted.logged_in("auditor"), series="1", **{"from": "2017-01", "to": "2026-12"})
    assert list(found) == [str(year) for year in range(2017, 2027)]
    assert [one["received"] for one in found.values()] == [0] * 8 + [1, 6]


def test_columns_are_sorted_by_links(counted: World) -> None:
    auditor, span = counted.logged_in("auditor"), {"from": "2026-10", "to": "2026-11"}
    assert list(lines(auditor, sort="value", **span)) == ["", "DISHUB", "DPUPR"]
    assert list(lines(auditor, sort="-received", **span)) == ["DISHUB", "DPUPR", ""]
    assert list(lines(auditor, sort="satisfaction", **span)) == ["DISHUB", "", "DPUPR"]
    page = auditor.get("/statistics?from=2026-10&to=2026-11&sort=-received").text
    assert 'aria-sort="descending"' in page
    assert "sort=received#lines" in page
    assert "sort=value#lines" in page


def test_whatever_stands_in_the_address_there_is_a_page(counted: World) -> None:
    auditor = counted.logged_in("auditor")
    for query in ("from=2026-13&to=x", "from=%00&by=all", "sort=-all&agency=TIDAK_ADA", "from=1900-01&to=2099-12"):
        assert auditor.get(f"/statistics?{query}").status_code == 200
    assert auditor.get("/statistics.xlsx").status_code == 404


def test_a_spreadsheet_opens_it_safely(counted: World) -> None:
    keep(counted, made(9, channel="=1+1"))
    answer = counted.logged_in("auditor").client.get("/statistics.csv?by=channel")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["value"] for row in rows} == {"web", "sms", "'=1+1"}
    assert answer.headers["Content-Disposition"] == 'attachment; filename="statistik_2025-12_2026-11.csv"'


def test_the_recap_of_a_month_is_ready_to_be_signed(counted: World) -> None:
    page = counted.logged_in("kepala.dishub").get("/statistics/recap/DISHUB/2026-11")
    assert page.status_code == 200
    assert "November 2026" in page.text
    assert "Oktober 2026" in page.text
    assert "CMH-0002" in page.text
    assert "CMH-0006" in page.text
    assert "CMH-0001" not in page.text
    assert "Kepala Dinas Perhubungan" in page.text
    officer = counted.logged_in("petugas.dishub").get("/statistics/recap/DISHUB/2026-11").text
    assert "CMH-0002" in officer
    assert "CMH-0006" not in officer


def test_there_is_no_recap_of_what_is_not_there_or_not_yours(counted: World) -> None:
    for path in ("DPUPR/2026-11", "DISHUB/2026-12", "DISHUB/2026-1", "DISHUB/november"):
        assert counted.logged_in("kepala.dishub").get(f"/statistics/recap/{path}").status_code == 404
    auditor = counted.logged_in("auditor")
    assert auditor.get("/statistics/recap/TIDAK_ADA/2026-11").status_code == 404
    assert auditor.get("/statistics/recap/DPUPR/2026-11").status_code == 200


def test_a_desk_without_cases_says_so(world: World) -> None:
    assert "Tidak ada laporan yang diterima dalam masa ini" in world.logged_in("koordinator").get("/statistics").text


@given(first=st.integers(2000 * 12, 2030 * 12), count=st.integers(1, 200), clean=st.sets(st.integers(2000, 2030)))
@settings(deadline=None)
def test_the_parts_of_a_span_cover_each_month_once(first: int, count: int, clean: set[int]) -> None:
    months = [month_of(number) for number in range(first, first + count)]
    covered = []
    for part in parts(months, {str(year) for year in clean}):
        covered += [part] if "-" in part else [f"{part}-{number:02d}" for number in range(1, 13)]
    assert covered == months


@given(given_=st.dictionaries(st.sampled_from(["from", "to", "by", "sort", "agency"]), st.text(max_size=10)))
@settings(deadline=None)
def test_an_address_says_again_what_was_read_from_it(given_: dict[str, str]) -> None:
    wanted = read_wanted(lambda name, most: given_.get(name, "")[:most], month="2026-11", own=None)
    assert 1 <= len(wanted.months) <= MOST_MONTHS
    assert read_wanted(lambda name, most: wanted.args().get(name, ""), month="2026-11", own=None) == wanted
    assert number_of(month_of(number_of(wanted.first))) == number_of(wanted.first)


@given(numbers=st.lists(st.none() | st.floats(0, 1e7), min_size=1, max_size=40))
@settings(deadline=None)
def test_pictures_stay_within_their_frame(numbers: list[float | None]) -> None:
    chart = drawing.curves(numbers)
    known = [one for one in numbers if one is not None]
    (curve,) = chart.curves
    assert len(curve.dots) == len(known)
    for x, y in curve.dots:
        assert LEFT <= x <= WIDTH - RIGHT
        assert TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1
    for box in drawing.columns(known).boxes:
        assert box.x >= LEFT
        assert box.x + box.width <= WIDTH
        assert box.height >= 0
    assert all(nice(one) >= one * (1 - 1e-9) for one in known)


def test_nothing_of_a_case_but_its_number_is_on_a_page(counted: World) -> None:
    page = counted.logged_in("auditor").get("/statistics?from=2026-11&to=2026-11").text
    assert not re.search(r"CMH-\d", page)
    assert Wanted("2026-11", "2026-11").args()["by"] == "agency"
