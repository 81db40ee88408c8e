"""A pack's calendar and deadlines, read: every mistake is told with its line and what to write instead."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.city_calendar import CalendarYear, CityCalendar, read_calendar_year, year_of_file
from shared.city_deadlines import CLOCKS, USUAL_POLICY, DeadlinePolicy, Rung, read_deadlines
from shared.citypack import load_pack
from shared.marked_yaml import Problem, read_section

CITIES = Path(__file__).parents[3] / "deploy" / "cities"
AGENCIES = {"SETDA", "INSPEKTORAT", "DISHUB"}


def read_year(text: str) -> tuple[CalendarYear, list[str]]:
    problems: list[Problem] = []
    found = read_calendar_year(read_section("calendar/2026.yaml", text, problems), 2026)
    return found, [str(problem) for problem in problems]


def read_policy(text: str) -> tuple[DeadlinePolicy, list[str]]:
    problems: list[Problem] = []
    found = read_deadlines(read_section("deadlines.yaml", text, problems), AGENCIES)
    return found, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("year: 2027", 1, "The file is for 2026, and `year` says 2027. Write `year: 2026`, or rename the file."),
        ("days:\n  - {date: 2026-02-30, name: A, kind: local}", 2, "`2026-02-30` is no date. Write year-month-day"),
        ("days:\n  - {date: 9 Des, name: A, kind: local}", 2, "`9 Des` is no date."),
        ("days:\n  - {date: 2027-01-01, name: A, kind: local}", 2,
         "2027-01-01 does not lie in 2026. Correct the year, or write it into calendar/2027.yaml."),
        ("days:\n  - {date: 2026-05-01, name: A, kind: holiday}\n  - {date: 2026-05-01, name: B, kind: local}", 3,
         "2026-05-01 stands here twice (A, B). Keep one, with both names."),
        ("days:\n  - {date: 2026-05-01, name: A, kind: holidy}", 2,
         "`kind: holidy` is not known. Did you mean `holiday`?"),
        ("days:\n  - {date: 2026-05-01, kind: holiday}", 2, "`name` is missing."),
        ('days:\n  - {date: 2026-05-01, name: A, kind: local, hours: "12-14"}', 2,
         '`hours: 12-14` is no office hours. Write for instance `"07:30-12:00, 13:00-16:00"`, or `closed`.'),
        ('hours:\n  monday: "13:00-12:00"', 2, "`monday: 13:00-12:00` goes back in time."),
        ('hours:\n  monday: "08:00-12:00, 11:00-16:00"', 2, "goes back in time."),
        ('hours:\n  senin: "08:00-12:00"\n  monday: "08:00-12:00"', 2, "`senin` is not known here."),
        ("hours:\n  monday: closed", 1, "No day of the week is open."),
        ("periods:\n  - {name: R, from: 2026-03-02, to: 2026-03-01, hours: {}}", 2,
         "The period `R` ends before it begins. Exchange `from` and `to`."),
        ("periods:\n  - {name: R, from: 2026-03-01, to: 2026-03-09, hours: {monday: tutup}}", 2,
         "A period changes hours, it neither opens nor closes a monday. Use `days` for that."),
        ("periods:\n  - {name: R, from: 2026-03-01, to: 2026-03-09, hours: {}}\n"
         "  - {name: S, from: 2026-03-09, to: 2026-03-10, hours: {}}", 3, "The periods `R` and `S` overlap."),
        ("revewed: true", 1, "`revewed` is not known here. Did you mean `reviewed`?"),
        ("days: soon", 1, "`days` should hold `name: value` lines."),
    ],
)  # fmt: skip
def test_a_mistake_in_a_calendar_is_told_with_its_line(text: str, line: int, told: str) -> None:
    _, problems = read_year(text)
    assert any(one.startswith(f"calendar/2026.yaml:{line}: ") and told in one for one in problems), problems


def test_an_empty_calendar_has_the_usual_hours() -> None:
    found, problems = read_year("# nothing yet\n")
    assert (found, problems) == (CalendarYear(2026), [])


def test_half_a_day_and_a_period_keep_their_hours() -> None:
    found, problems = read_year(
        "hours: {monday: '8.00–12.00', friday: '08:00-11:00'}\n"
        "days:\n  - {date: 2026-12-31, name: Akhir tahun, kind: local, hours: '07:30-12:00', confirm: ya}\n"
        "periods:\n  - {name: Ramadan, from: 2026-02-19, to: 2026-03-18, hours: {monday: '08:00-11:00'}}\n"
    )
    assert problems == []
    assert [bool(hours) for hours in found.week] == [True, False, False, False, True, False, False]
    day = found.days[date(2026, 12, 31)]
    assert (str(day.hours[0][1]), day.confirm) == ("12:00:00", True)
    assert [str(hours[-1][1])[:5] if hours else "" for hours in found.periods[0].week] == [
        "11:00",
        *[""] * 3,
        "11:00",
        "",
        "",
    ]


def test_files_are_called_after_their_years() -> None:
    problems: list[Problem] = []
    names = ("2026.yaml", "26.yaml", "1999.yaml", "2026-draft.yaml", "9999.yaml")
    assert [year_of_file(name, problems) for name in names] == [2026, None, None, None, None]
    assert str(problems[0]).startswith("calendar/26.yaml: A calendar is called after its year")


def test_years_between_are_missing() -> None:
    calendar = CityCalendar.of("Asia/Jakarta", [CalendarYear(year) for year in (2030, 2026, 2027)])
    assert calendar.gaps() == (2028, 2029)
    assert CityCalendar.of("Asia/Jakarta", []).gaps() == ()


@settings(max_examples=100)
@given(st.text(st.sampled_from(list("year:dshoumnkifp -\n\"'{}[]0123456789,2026")), max_size=120))
def test_no_file_raises(text: str) -> None:
    read_year(text)
    read_policy(text)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("clocks:\n  setle: {days: 3}", 2, "`setle` is not known here. Did you mean `settle`?"),
        ("clocks:\n  settle: {days: 0}", 2, "`days: 0` should be a number of days, 1 to 3650. Usual is 14."),
        ("clocks:\n  settle:\n    days: {pengaduan: many, other: 3}", 3,
         "`pengaduan: many` should be a number of days"),
        ("clocks:\n  settle:\n    days: {pengadun: 3, other: 3}", 3,
         "`pengadun` is no kind of case. Did you mean `pengaduan`?"),
        ("clocks:\n  settle:\n    days: {pengaduan: 3}", 3, "`days` does not say how many there usually are."),
        ("clocks:\n  settle: {unit: workdays}", 2, "`unit: workdays` is not known. Known: working, calendar."),
        ("clocks:\n  settle: {starts: [forward]}", 2, "`forward` is no state of a case. Did you mean `forwarded`?"),
        ("clocks:\n  settle: {pauses: [answered]}", 2,
         "`answered` stands in `meets` and `pauses`. Keep it in one of them."),
        ("clocks:\n  settle: {starts: []}", 2, "The clock never starts. Name a state in `starts`."),
        ("clocks:\n  settle:\n    ladder: [{who: mayor, days: 1}]", 3, "`mayor` is no rung."),
        ("clocks:\n  settle:\n    ladder: [{who: head, days: 2}, {who: secretary, days: 1}]", 3,
         "The ladder goes down."),
        ("clocks:\n  settle:\n    ladder: [{who: head, days: soon}]", 3, "`days` should be a whole number."),
        ("coordination: {agency: SETDAA}", 1, "There is no agency `SETDAA`. Did you mean `SETDA`?"),
        ("coordination: {confirm: true}", 1, "`agency` is missing."),
        ("inspection: {agencies: [INSPEKTRAT]}", 1, "There is no agency `INSPEKTRAT`. Did you mean `INSPEKTORAT`?"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_deadlines_is_told_with_its_line(text: str, line: int, told: str) -> None:
    _, problems = read_policy(text)
    assert any(one.startswith(f"deadlines.yaml:{line}: ") and told in one for one in problems), problems


def test_what_is_not_said_is_as_usual() -> None:
    assert read_policy("") == (USUAL_POLICY, [])
    found, problems = read_policy("clocks:\n  settle: {days: 7, ladder: [{who: head, days: 0}]}\n  close: {days: 5}")
    assert problems == []
    settle, usual = found.rule("settle"), USUAL_POLICY.rule("settle")
    assert settle is not None
    assert usual is not None
    assert (settle.days_for("pengaduan"), settle.days_for("pengaduan", inspection=True)) == (7, 7)
    assert (settle.ladder, settle.starts, settle.pauses) == ((Rung(1, "head", 0),), usual.starts, usual.pauses)
    assert [rule.name for rule in found.rules] == list(CLOCKS)


def test_the_cities_own_files_say_what_the_program_does_without_them() -> None:
    cimahi, surabaya = load_pack(CITIES / "cimahi"), load_pack(CITIES / "surabaya")
    assert (surabaya.deadlines, dict(surabaya.calendar.years)) == (USUAL_POLICY, {})
    assert {2026, 2027} <= cimahi.calendar.years.keys()
    assert (cimahi.deadlines.coordination, cimahi.deadlines.inspection_agencies) == ("SETDA", {"INSPEKTORAT"})
    for rule in cimahi.deadlines.rules:
        usual = USUAL_POLICY.rule(rule.name)
        assert usual is not None
        for name in ("unit", "starts", "meets", "ends", "pauses", "again", "ladder"):
            assert getattr(rule, name) == getattr(usual, name), f"{rule.name}: {name}"
        assert rule.source
