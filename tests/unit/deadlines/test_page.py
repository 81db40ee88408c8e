"""The part of a case's page that shows its deadlines."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from services.desk.deadlines.clocks import Clock, Step, advance
from services.desk.deadlines.showing import show
from services.desk.views.day_strip import day_strip
from shared.city_deadlines import USUAL_POLICY
from tests.unit.deadlines.made_calendar import CALENDAR, local

TEMPLATES = Path(__file__).parents[3] / "services" / "desk" / "templates"


@pytest.fixture(scope="module")
def pages() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.globals["_"] = lambda text, **values: text % values if values else text
    made.filters["said"] = str
    made.globals |= {"day_strip": day_strip, "fixed_part": lambda *_: ""}
    return made


def forwarded(at: str) -> tuple[Clock, ...]:
    return advance((), Step("routed", None, "forwarded", local(at), "pengaduan", "DISHUB"), USUAL_POLICY, CALENDAR)


def page(pages: Environment, clocks: tuple[Clock, ...], now: str) -> str:
    return pages.get_template("deadlines.html").render(clocks=show(clocks, CALENDAR, local(now)))


def test_what_is_due_first_stands_first_and_what_is_over_below(pages: Environment) -> None:
    begun = Step("acknowledged", "forwarded", "in_progress", local("2026-12-04 10:00"), "pengaduan")
    clocks = advance(forwarded("2026-12-03 10:00"), begun, USUAL_POLICY, CALENDAR)
    text = page(pages, clocks, "2026-12-07 10:00")
    assert text.index("Diselesaikan") < text.index("Tenggat yang sudah berakhir (1)") < text.index("Mulai ditangani")
    assert "Terpenuhi 4 Des 2026, 10.00 WIB." in text
    assert 'style="' not in text  # the page's policy forbids it


def test_the_days_can_be_heard_and_read_without_colours(pages: Environment) -> None:
    text = page(pages, forwarded("2026-12-03 10:00")[:1], "2026-12-07 10:00")
    heard = re.findall(r'hidden-words">([^<]+)<', text)
    assert heard[0] == "Kamis 3 Des: mulai, tidak dihitung"
    assert heard[4] == "Senin 7 Des: hari kerja ke-2 (hari ini)"
    assert heard[6] == "Rabu 9 Des: dilewati, Pilkada"
    assert heard[-1] == "Jumat 11 Des: hari kerja ke-5 (jatuh tempo)"
    assert text.count('aria-current="date"') == 1
    assert "<li>Rabu 9 Des: Pilkada</li>" in text


def test_late_paused_and_provisional_are_words_not_only_colours(pages: Environment) -> None:
    late = page(pages, forwarded("2026-12-03 10:00"), "2026-12-14 10:00")
    assert ">terlambat<" in late
    assert "Terlambat 1 hari kerja." in late
    (respond, _) = forwarded("2027-12-28 10:00")
    paused = replace(respond, state="paused", paused_at=local("2027-12-29 10:00"))
    text = page(pages, (paused,), "2028-02-01 10:00")
    assert ">dijeda<" in text
    assert ">sementara<" in text
    assert "kalender 2028 belum ada" in text


def test_names_in_a_calendar_are_no_markup(pages: Environment) -> None:
    (respond, _) = forwarded("2026-12-03 10:00")
    named = replace(respond, skipped=tuple((day, why, name and "<b>Libur</b>") for day, why, name in respond.skipped))
    assert "<b>Libur</b>" not in page(pages, (named,), "2026-12-07 10:00")


def test_a_case_without_deadlines_shows_nothing(pages: Environment) -> None:
    assert page(pages, (), "2026-12-07 10:00").strip() == ""
