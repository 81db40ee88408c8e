"""A calendar for these tests alone: what a pack says today must not change what was counted by hand."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.city_calendar import CalendarYear, CityCalendar, read_calendar_year
from shared.marked_yaml import Problem, read_section

JAKARTA = ZoneInfo("Asia/Jakarta")

HOURS = """
hours:
  monday: "07:30-12:00, 13:00-16:00"
  tuesday: "07:30-12:00, 13:00-16:00"
  wednesday: "07:30-12:00, 13:00-16:00"
  thursday: "07:30-12:00, 13:00-16:00"
  friday: "07:30-11:30, 13:00-16:30"
"""
YEAR_2026 = f"""
year: 2026
reviewed: true
{HOURS}
days:
  - {{date: 2026-03-19, name: Nyepi, kind: holiday}}
  - {{date: 2026-03-20, name: Cuti bersama Lebaran, kind: joint_leave}}
  - {{date: 2026-03-21, name: Lebaran, kind: holiday}}
  - {{date: 2026-03-22, name: Lebaran, kind: holiday}}
  - {{date: 2026-03-23, name: Cuti bersama Lebaran, kind: joint_leave}}
  - {{date: 2026-03-24, name: Cuti bersama Lebaran, kind: joint_leave}}
  - {{date: 2026-08-17, name: Kemerdekaan, kind: holiday}}
  - {{date: 2026-10-03, name: Sabtu kerja, kind: local, hours: "08:00-12:00"}}
  - {{date: 2026-12-09, name: Pilkada, kind: local}}
  - {{date: 2026-12-24, name: Natal, kind: joint_leave}}
  - {{date: 2026-12-25, name: Natal, kind: holiday}}
  - {{date: 2026-12-31, name: Akhir tahun, kind: local, hours: "07:30-12:00"}}
periods:
  - name: Ramadan
    from: 2026-02-19
    to: 2026-03-18
    hours:
      monday: "08:00-12:00, 12:30-15:00"
      tuesday: "08:00-12:00, 12:30-15:00"
      wednesday: "08:00-12:00, 12:30-15:00"
      thursday: "08:00-12:00, 12:30-15:00"
      friday: "08:00-11:30, 12:30-15:30"
"""
YEAR_2027 = f"""
year: 2027
{HOURS}
days:
  - {{date: 2027-01-01, name: Tahun Baru, kind: holiday}}
  - {{date: 2027-01-05, name: Isra Mikraj, kind: holiday}}
"""


def read(text: str, year: int) -> CalendarYear:
    problems: list[Problem] = []
    found = read_calendar_year(read_section(f"calendar/{year}.yaml", text, problems), year)
    assert problems == []
    return found


def calendar(*, zone: str = "Asia/Jakarta", year_2026: str = YEAR_2026) -> CityCalendar:
    return CityCalendar.of(zone, [read(year_2026, 2026), read(YEAR_2027, 2027)])


CALENDAR = calendar()


def local(text: str) -> datetime:
    """`2026-11-24 10:00`, in the city's time."""
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)
