"""A clock in sentences for people: when it is due, how that was counted, what was left out and why. Pure."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.desk.deadlines.clocks import ENDED, MET, PAUSED, Clock
from services.desk.deadlines.counting import PAUSED as PAUSED_DAY
from services.desk.deadlines.counting import WEEKEND, Skipped, working_days_between
from shared.city_calendar import CityCalendar
from shared.city_deadlines import CALENDAR
from shared.sentences import Sentence, Value, sentence

TITLES = {
    "forward": sentence("Diteruskan ke instansi"),
    "respond": sentence("Mulai ditangani"),
    "settle": sentence("Diselesaikan"),
    "close": sentence("Ditutup bila tidak ada balasan"),
    "complete": sentence("Dilengkapi pelapor"),
}
STATES = {
    "running": sentence("berjalan"),
    "paused": sentence("dijeda"),
    "met": sentence("terpenuhi"),
    "ended": sentence("berakhir"),
}
RUNGS = {
    "officer": sentence("petugas instansi"),
    "head": sentence("kepala instansi"),
    "coordinator": sentence("koordinator"),
    "secretary": sentence("sekretaris"),
}
DAYS = (
    sentence("Senin"), sentence("Selasa"), sentence("Rabu"), sentence("Kamis"), sentence("Jumat"), sentence("Sabtu"),
    sentence("Minggu"),
)  # fmt: skip
SHORT_DAYS = (
    sentence("Sen"), sentence("Sel"), sentence("Rab"), sentence("Kam"), sentence("Jum"), sentence("Sab"),
    sentence("Min"),
)  # fmt: skip
MONTHS = (
    sentence("Jan"), sentence("Feb"), sentence("Mar"), sentence("Apr"), sentence("Mei"), sentence("Jun"),
    sentence("Jul"), sentence("Agu"), sentence("Sep"), sentence("Okt"), sentence("Nov"), sentence("Des"),
)  # fmt: skip
MOST_NAMED_WEEKENDS = 6


def title(name: str) -> str:
    return TITLES.get(name, name)


def told(clock: Clock, calendar: CityCalendar, now: datetime) -> tuple[Sentence, ...]:
    """All that is to be said of it, the most important first; at least one sentence."""
    left_out = (sentence("Dilewati: %(days)s.", days=_listed(_skipped(clock.skipped))),) if clock.skipped else ()
    return (due(clock, calendar), *outcome(clock, calendar, now), *left_out, *provisional(clock))


def due(clock: Clock, calendar: CityCalendar) -> Sentence:
    """When, and how many days since when."""
    zone = ZoneInfo(calendar.timezone)
    at, start = moment(clock.due_at, zone), moment(clock.started_at, zone)
    values: dict[str, Value] = {"due": at, "days": clock.days, "start": start}
    if clock.state == PAUSED and not clock.is_late(clock.due_at):
        return sentence("Tanpa jeda ini jatuh tempo %(due)s: %(days)s hari sejak %(start)s.", **values)
    if clock.unit == CALENDAR:
        return sentence("Jatuh tempo %(due)s: %(days)s hari kalender sejak %(start)s.", **values)
    return sentence("Jatuh tempo %(due)s: %(days)s hari kerja sejak %(start)s.", **values)


def provisional(clock: Clock) -> tuple[Sentence, ...]:
    """Empty when every year that it touches has a calendar."""
    if not clock.provisional:
        return ()
    years = ", ".join(str(year) for year in clock.provisional)
    return (
        sentence(
            "Sementara: kalender %(years)s belum ada, jadi di tahun itu hanya Sabtu dan Minggu yang dilewati. "
            "Batas ini dapat berubah.",
            years=years,
        ),
    )


def outcome(clock: Clock, calendar: CityCalendar, now: datetime) -> tuple[Sentence, ...]:
    """How it went, or how it stands: met, ended, paused, late. Empty while all is well."""
    zone = ZoneInfo(calendar.timezone)
    ended = moment(clock.ended_at, zone) if clock.ended_at else ""
    if clock.state == ENDED:
        return (sentence("Tidak berlaku lagi sejak %(at)s.", at=ended),)
    if clock.state == MET:
        late = working_days_between(clock.due_at, clock.ended_at or now, calendar)
        if not clock.is_late(now):
            return (sentence("Terpenuhi %(at)s.", at=ended),)
        if not late:
            return (sentence("Terpenuhi %(at)s, terlambat kurang dari satu hari kerja.", at=ended),)
        return (sentence("Terpenuhi %(at)s, terlambat %(days)s hari kerja.", at=ended, days=late),)
    paused = (_paused(clock, zone, now),) if clock.state == PAUSED else ()
    return (*paused, *lateness(clock, calendar, now))


def _paused(clock: Clock, zone: ZoneInfo, now: datetime) -> Sentence:
    since = moment(clock.paused_at or clock.started_at, zone)
    if clock.is_late(now):
        return sentence("Dijeda sejak %(at)s.", at=since)
    return sentence("Dijeda sejak %(at)s. Hari-hari jeda tidak dihitung; batasnya mundur sejauh itu.", at=since)


def lateness(clock: Clock, calendar: CityCalendar, now: datetime) -> tuple[Sentence, ...]:
    """Empty when it is not late."""
    if not clock.is_late(now):
        return ()
    days = working_days_between(clock.due_at, clock.ended_at or clock.paused_at or now, calendar)
    if not days:
        return (sentence("Terlambat kurang dari satu hari kerja."),)
    return (sentence("Terlambat %(days)s hari kerja.", days=days),)


@lru_cache(maxsize=4096)
def reason(skipped: Skipped) -> Sentence:
    """Why a day does not count."""
    _, why, name = skipped
    if why == WEEKEND:
        return sentence("bukan hari kerja")
    if why == PAUSED_DAY:
        return sentence("dijeda sampai %(day)s", day=short_date(date.fromisoformat(name)))
    if why == "joint_leave" and "cuti bersama" not in name.lower():
        return sentence("cuti bersama: %(name)s", name=name)
    return sentence("%(name)s", name=name)


def moment(at: datetime, zone: ZoneInfo) -> Sentence:
    """For instance `9 Des 2026, 16.00 WIB`."""
    local = at.astimezone(zone)
    return sentence(
        "%(day)s %(month)s %(year)s, %(hour)s.%(minute)s %(zone)s",
        day=str(local.day), month=MONTHS[local.month - 1], year=str(local.year), hour=f"{local:%H}",
        minute=f"{local:%M}", zone=str(local.tzname()),
    )  # fmt: skip


@lru_cache(maxsize=4096)
def short_date(day: date) -> Sentence:
    """For instance `Rabu 9 Des`."""
    weekday, month = DAYS[day.weekday()], MONTHS[day.month - 1]
    return sentence("%(weekday)s %(day)s %(month)s", weekday=weekday, day=str(day.day), month=month)


def _skipped(skipped: tuple[Skipped, ...]) -> list[Sentence]:
    """Each day by name; many weekends only by their number, so that the holidays between can be read."""
    weekends = sum(why == WEEKEND for _, why, _ in skipped)
    found = []
    for one in skipped:
        if one[1] != WEEKEND:
            found.append(sentence("%(day)s (%(why)s)", day=short_date(one[0]), why=reason(one)))
        elif weekends <= MOST_NAMED_WEEKENDS:
            found.append(short_date(one[0]))
    if weekends > MOST_NAMED_WEEKENDS:
        found.append(sentence("%(days)s hari Sabtu, Minggu, atau hari lain yang bukan hari kerja", days=weekends))
    return found


def _listed(parts: list[Sentence]) -> Sentence:
    listed = parts[0]
    for part in parts[1:]:
        listed = sentence("%(before)s, %(after)s", before=listed, after=part)
    return listed
