"""Who stands in for whom at which moment, and which leave cannot be entered."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.directory.absences import Absence, acting, check_absence, with_rights_of
from services.desk.directory.days import day_of, end_of, last_day, read_day, start_of
from services.desk.people.person import Act, Person, may, scope_of
from shared.errors import Refused

TODAY = datetime(2026, 11, 24, tzinfo=UTC)
HEAD = Person("kepala", "Ibu Kepala", "head", "DISHUB")
OFFICER = Person("petugas", "Pak Petugas", "officer", "DISHUB")
NAMED = Person("ditunjuk", "Bu Tunjuk", "officer", "DISHUB", confidential=True)
LURAH = Person("lurah", "Pak Lurah", "head", "KELURAHAN", kelurahan="Baros")
STAFF = Person("staf", "Staf Baros", "officer", "KELURAHAN", kelurahan="Baros")
ELSEWHERE = Person("staf2", "Staf Melong", "officer", "KELURAHAN", kelurahan="Melong")
COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
EVERYONE = (HEAD, OFFICER, NAMED, LURAH, STAFF, ELSEWHERE, COORDINATOR)
DAYS = st.integers(0, 12)


def away(
    login: str = "kepala", stand_in: str = "petugas", first: int = 0, last: int = 2, id_: str = "1",
    agency: str = "DISHUB",
) -> Absence:  # fmt: skip
    starts, ends = TODAY + timedelta(days=first), TODAY + timedelta(days=last + 1)
    return Absence(id_, agency, login, stand_in, starts, ends, "koordinator", TODAY)


def refused(wanted: Absence, *known: Absence, people: tuple[Person, ...] = (HEAD, OFFICER, NAMED)) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        check_absence({one.login: one for one in people}, known, wanted, today=TODAY)
    return caught.value.fields


def test_who_stands_in_for_a_head_is_a_head_until_the_moment_it_ends() -> None:
    absence = away()
    for at, expected in (
        (absence.starts_at - timedelta(microseconds=1), {}),
        (absence.starts_at, {"petugas": [HEAD]}),
        (absence.ends_at - timedelta(microseconds=1), {"petugas": [HEAD]}),
        (absence.ends_at, {}),
    ):
        assert acting(EVERYONE, [absence], at) == expected, at


def test_the_rights_are_the_heads_and_nobody_elses() -> None:
    effective = with_rights_of(OFFICER, [HEAD])
    assert (effective.login, effective.role, effective.acting_for) == ("petugas", "head", "Ibu Kepala")
    assert scope_of(effective) == scope_of(replace(HEAD, login="petugas"))
    assert may(effective, Act.EDIT_OWN_AGENCY)
    assert with_rights_of(OFFICER, []) == OFFICER
    assert with_rights_of(OFFICER, [NAMED]).confidential, "of a named officer, the confidential cases alone"
    assert with_rights_of(OFFICER, [NAMED]).role == "officer"


def test_whoever_went_to_another_office_stands_in_no_more() -> None:
    moved = replace(OFFICER, agency="DLH")
    assert acting([HEAD, moved], [away()], TODAY) == {}
    assert with_rights_of(moved, [HEAD]) == moved
    assert with_rights_of(ELSEWHERE, [LURAH]) == ELSEWHERE
    assert with_rights_of(COORDINATOR, [HEAD]) == COORDINATOR


def test_leave_that_cannot_be_is_refused_at_its_field() -> None:
    assert "menggantikan dirinya" in refused(away(stand_in="kepala"))["acting"]
    assert "aktif di instansi ini" in refused(away(stand_in="lurah"))["acting"]
    assert "Pilih orang" in refused(away(login="nobody"))["login"]
    assert "sudah lewat" in refused(away(first=-1))["starts"]
    assert "lebih awal" in refused(away(first=2, last=1))["ends"]
    assert "satu tahun" in refused(away(last=400))["ends"]
    assert "sudah tercatat cuti" in refused(away(first=2, last=5, id_="2"), away())["starts"]
    assert "sendiri sedang cuti" in refused(away("kepala", "petugas", id_="2"), away("petugas", "ditunjuk"))["acting"]
    assert "menggantikan Ibu Kepala" in refused(away("petugas", "ditunjuk", id_="2"), away())["login"]
    place = (LURAH, STAFF, ELSEWHERE)
    wanted = away("lurah", "staf2", agency="KELURAHAN")
    assert "kantor yang sama" in refused(wanted, people=place)["acting"]


def test_leave_that_follows_at_once_is_taken() -> None:
    people = {one.login: one for one in (HEAD, OFFICER, NAMED)}
    check_absence(people, [away(first=0, last=2)], away(first=3, last=4, id_="2"), today=TODAY)
    check_absence(people, [away()], away("ditunjuk", "petugas", id_="2"), today=TODAY)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.permutations([HEAD, OFFICER, NAMED]), DAYS, DAYS), max_size=8), DAYS)
def test_whatever_is_entered_nobody_acts_who_is_away_and_nobody_is_away_twice(
    wishes: list[tuple[list[Person], int, int]], day: int
) -> None:
    people = {one.login: one for one in (HEAD, OFFICER, NAMED)}
    known: list[Absence] = []
    for number, ((absent, stand_in, _), first, last) in enumerate(wishes):
        wanted = away(absent.login, stand_in.login, first, last, str(number))
        try:
            check_absence(people, known, wanted, today=TODAY)
        except Refused:
            continue
        known.append(wanted)
    at = TODAY + timedelta(days=day, hours=5)
    gone = [one.login for one in known if one.holds_at(at)]
    assert len(gone) == len(set(gone))
    found = acting(people.values(), known, at)
    assert not set(found) & set(gone)
    assert sorted(one.login for absent in found.values() for one in absent) == sorted(gone)


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2001, 1, 1), date(2099, 12, 30)), st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "UTC"]))
def test_a_day_is_the_same_day_when_it_is_read_back(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    assert day_of(start_of(day, zone), zone) == last_day(end_of(day, zone), zone) == read_day(day.isoformat()) == day


@pytest.mark.parametrize("text", ["", "31-12-2026", "2026-13-01", "0001-01-01", "9999-12-31", "besok", "2026-1-1"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None
