"""`tanggap pack calendar`: a first version of a year's calendar, for a person to correct."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from shared.city_calendar import (
    CALENDAR_FOLDER,
    FIRST_YEAR,
    HOLIDAY,
    JOINT_LEAVE,
    LAST_YEAR,
    WEEKDAYS,
    CityCalendar,
    SpecialDay,
    Week,
    read_calendar_year,
)
from shared.citypack import load_pack
from shared.errors import TanggapError
from shared.marked_yaml import Problem, read_section

COUNTRY = "ID"
_RAMADAN_DAYS = 30
_RAMADAN_HOURS = {
    **dict.fromkeys(WEEKDAYS[:4], "08:00-12:00, 12:30-15:00"),
    "friday": "08:00-11:30, 12:30-15:30",
}
_MARK = "# sidik: "
_INTRODUCTION = """\
# Kalender kerja {year}: hari libur, cuti bersama, dan jam kantor. Dari sinilah tenggat laporan dihitung.
#
# Berkas ini dibuat program sebagai awal. Cara memeriksanya:
#   1. Bandingkan setiap baris `days` dengan SKB tentang hari libur nasional dan cuti bersama {year}. Perbaiki tanggal
#      yang salah, hapus yang tidak ada, lalu hapus `confirm: true` pada baris yang sudah Anda pastikan.
#   2. Tambahkan hari khusus kota ini dengan `kind: local`, misalnya pemungutan suara. Hari kerja setengah hari ditulis
#      dengan jamnya: {{date: {year}-12-31, name: Akhir tahun, kind: local, hours: "07:30-12:00"}}.
#   3. Periksa jam kantor, dan tanggal Ramadan menurut pengumuman pemerintah.
#   4. Tulis `reviewed: true`, lalu jalankan: tanggap pack lint
#
# Jenis (`kind`): holiday (libur nasional), joint_leave (cuti bersama), local (khusus kota). Hari yang tidak ditulis
# mengikuti harinya dalam `hours`. Setelah berkas ini berubah, jalankan ulang meja kerja: tenggat yang masih berjalan
# dihitung lagi. Lihat dulu akibatnya: tanggap deadlines recount --dry-run
"""


class NotWritten(TanggapError):
    """The calendar was not written; the message says why, and what to do."""

    code = "not_written"


@click.command("calendar")
@click.argument("year", type=click.IntRange(FIRST_YEAR, LAST_YEAR))
@click.option("--force", is_flag=True, help="Also over a file that people changed or reviewed.")
@click.pass_obj
def calendar_command(options: dict[str, Any], year: int, force: bool) -> None:
    """Write calendar/YEAR.yaml into the pack: public holidays and joint leave as far as they are known.

    It is a beginning for people to correct: movable feasts are estimates until the joint decree (SKB) is out. A file
    that somebody changed is not written over without --force.
    """
    pack = Path(options["pack"])
    calendar = load_pack(pack).calendar
    path = pack / CALENDAR_FOLDER / f"{year}.yaml"
    if path.exists() and not force:
        _refuse_changed(path, year)
    days = known_days(year)
    text = calendar_text(year, days, calendar.week_of(year))
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror}.") from error
    _tell(path, year, days, calendar)


def _tell(path: Path, year: int, days: list[SpecialDay], calendar: CityCalendar) -> None:
    leave = sum(day.kind == JOINT_LEAVE for day in days)
    click.echo(f"{path}: {len(days) - leave} public holidays, {leave} days of joint leave; all still to be confirmed")
    if not leave:
        click.echo(f"No joint leave of {year} is known to the program. The decree (SKB) says it: add it by hand.")
    others = sorted({*calendar.years, year})
    missing = [str(one) for one in range(others[0], others[-1]) if one not in others]
    if missing:
        click.echo(f"Years between are missing: tanggap pack calendar {missing[0]}")
    click.echo("Next: compare it with the decree (the file says how), set `reviewed: true`, then: tanggap pack lint")


def _refuse_changed(path: Path, year: int) -> None:
    """A file that is as the program wrote it may be written anew."""
    text = path.read_text(encoding="utf-8", errors="replace")
    problems: list[Problem] = []
    reviewed = read_calendar_year(read_section(path.name, text, problems), year).reviewed
    body, _, mark = text.rpartition(_MARK)
    if reviewed or mark.strip() != _fingerprint(body):
        why = "has been reviewed" if reviewed else "has been changed by somebody"
        raise NotWritten(f"{path} {why}. Keep it, or write over it with --force.")


def known_days(year: int) -> list[SpecialDay]:
    """What the library `holidays` knows, by date. Raises `NotWritten` where it is not installed or knows nothing."""
    try:
        import holidays
    except ImportError as error:
        raise NotWritten("The library `holidays` is needed for this: pip install 'tanggap[calendar]'") from error
    found: dict[date, SpecialDay] = {}
    for category, kind in ((holidays.PUBLIC, HOLIDAY), (holidays.GOVERNMENT, JOINT_LEAVE)):
        days = holidays.country_holidays(COUNTRY, years=year, categories=(category,), language="id")
        for on, name in days.items():
            found.setdefault(on, SpecialDay(on, name, kind, confirm=True))
    if not found:
        raise NotWritten(f"Nothing is known of {year}. Copy the calendar of another year and correct it.")
    return [found[on] for on in sorted(found)]


def calendar_text(year: int, days: list[SpecialDay], week: Week) -> str:
    """The file, ending with the fingerprint by which a change is noticed."""
    body = "\n".join([_INTRODUCTION.format(year=year), *_lines(year, days, week), ""])
    return f"{body}{_MARK}{_fingerprint(body)}\n"


def _lines(year: int, days: list[SpecialDay], week: Week) -> Iterator[str]:
    yield f"year: {year}"
    yield "reviewed: false"
    yield ""
    yield "# Jam kantor biasa. Hari yang tidak ditulis tutup."
    yield "hours:"
    for number, name in enumerate(WEEKDAYS):
        spans = ", ".join(f"{first:%H:%M}-{last:%H:%M}" for first, last in week[number])
        if spans:
            yield f'  {name}: "{spans}"'
    yield ""
    yield "days:"
    for day in days:
        confirm = ", confirm: true" if day.confirm else ""
        yield f'  - {{date: {day.on}, name: "{_quoted(day.name)}", kind: {day.kind}{confirm}}}'
    fasting = list(_ramadan(year, days))
    if fasting:
        yield ""
        yield "# Masa dengan jam kantor sendiri. Tanggal di bawah adalah perkiraan: 30 hari sebelum Idul Fitri."
        yield "periods:"
    for first, last in fasting:
        yield f"  - name: Ramadan\n    from: {first}\n    to: {last}\n    confirm: true\n    hours:"
        for name, spans in _RAMADAN_HOURS.items():
            yield f'      {name}: "{spans}"'
    yield ""


def _ramadan(year: int, days: list[SpecialDay]) -> Iterator[tuple[date, date]]:
    """Before each first day of Idul Fitri, as far as it lies in the year."""
    for day in days:
        if day.kind == HOLIDAY and day.name.startswith("Hari Raya Idul Fitri"):
            first, last = day.on - timedelta(days=_RAMADAN_DAYS), day.on - timedelta(days=1)
            yield max(first, date(year, 1, 1)), last


def _quoted(name: str) -> str:
    return name.replace("\\", "").replace('"', "'")


def _fingerprint(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]
