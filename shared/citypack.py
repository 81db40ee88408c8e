"""A city's pack: the directory that says all that is particular to one city.

`load_pack` reads `city.yaml`, `agencies.yaml`, `areas.yaml`, `spellings.yaml`; `services.yaml`, `notifications.yaml`,
`deadlines.yaml`, `answers.yaml`, `retention.yaml` and the years of `calendar/` where there are such; and the files of
`rules/`, which the router reads and which are only text here.
The pack is the seed of what the services hold in their databases, not the truth about a running city.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.city import (
    Agency,
    Area,
    City,
    CityPack,
    EmergencyNumber,
    Kelurahan,
    Negation,
    Neighbour,
    PlaceWords,
    RuleFile,
    Spellings,
)
from shared.city_agencies import read_agencies
from shared.city_answers import ANSWERS_FILE, CityAnswers, read_city_answers
from shared.city_calendar import CALENDAR_FOLDER, CalendarYear, CityCalendar, read_calendar_year, year_of_file
from shared.city_deadlines import DEADLINES_FILE, USUAL_POLICY, DeadlinePolicy, read_deadlines
from shared.city_notifications import NOTIFICATIONS_FILE, Notifications, read_notifications, usual_notifications
from shared.city_publishing import PUBLISHING_FILE, CityPublishing, read_city_publishing
from shared.city_retention import RETENTION_FILE, USUAL_RETENTION, CityRetention, read_retention
from shared.city_services import CityServices, read_city_services
from shared.city_sp4n import SP4N_FILE, Sp4nMapping, read_sp4n
from shared.errors import TanggapError
from shared.marked_yaml import Problem, Section, as_integer, read_section, suggest

__all__ = [
    "Agency",
    "Area",
    "City",
    "CityPack",
    "EmergencyNumber",
    "Kelurahan",
    "Negation",
    "Neighbour",
    "PackError",
    "PlaceWords",
    "RuleFile",
    "SPELLINGS_FILE",
    "Spellings",
    "load_pack",
    "read_spellings",
]

SPELLINGS_FILE = "spellings.yaml"


class PackError(TanggapError):
    """The pack cannot be used. `problems` holds everything found in one reading, the message prints them."""

    code = "pack"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("The city pack has mistakes:\n" + "\n".join(str(problem) for problem in problems))
        self.problems = problems


def load_pack(directory: Path) -> CityPack:
    """Read a whole pack. Raises `PackError` naming every problem of every file, and nothing else."""
    problems: list[Problem] = []
    read = {name: _open(directory, name, problems) for name in ("city", "agencies", "areas")}
    if (directory / "services.yaml").exists():  # a city need not offer Open311
        read["services"] = _open(directory, "services", problems)
    city = _city(read["city"])
    spellings = _contents(directory / SPELLINGS_FILE, SPELLINGS_FILE, problems)
    agencies = read_agencies(read["agencies"])
    codes = {agency.code for agency in agencies}
    pack = CityPack(
        city=city,
        agencies=agencies,
        areas=tuple(_area(part) for part in read["areas"].sections("areas", required=True)),
        neighbours=tuple(_neighbour(part, codes) for part in read["areas"].sections("neighbours")),
        place_words=_place_words(read["areas"].section("place_words")),
        rule_files=tuple(_rule_files(directory, problems)),
        spellings=read_spellings(spellings, problems) if spellings is not None else Spellings(),
        spellings_text=spellings or "",
        services=read_city_services(read["services"], codes) if "services" in read else CityServices(),
        notifications=_notifications(directory, city.language, problems),
        sp4n=_sp4n(directory, codes, problems),
        calendar=_calendar(directory, city.timezone, problems),
        deadlines=_deadlines(directory, codes, problems),
        answers=_answers(directory, codes, problems),
        retention=_retention(directory, problems),
    )
    pack = replace(pack, publishing=_publishing(directory, pack, problems))
    for part in read.values():
        part.finish()
    if problems:
        raise PackError(tuple(sorted(problems, key=lambda problem: (problem.file, problem.line))))
    return pack


def read_spellings(text: str, problems: list[Problem]) -> Spellings:
    """The spellings that a file says. Never raises; what is wrong is added to `problems`."""
    part = read_section(SPELLINGS_FILE, text, problems)
    spellings = _spellings(part)
    part.finish()
    return spellings


def _open(directory: Path, name: str, problems: list[Problem]) -> Section:
    file = f"{name}.yaml"
    text = _contents(directory / file, file, problems)
    return read_section(file, text, problems) if text is not None else Section(file, 0, [])


def _contents(path: Path, file: str, problems: list[Problem]) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        problems.append(Problem(file, 0, f"The file cannot be read: {error.strerror}.", f"Expected it at {path}."))
    except UnicodeDecodeError:
        problems.append(Problem(file, 0, "The file is not UTF-8 text.", "Save it as UTF-8."))
    return None


def _rule_files(directory: Path, problems: list[Problem]) -> Iterator[RuleFile]:
    paths = sorted((directory / "rules").glob("*.yaml"))
    if not paths:
        problems.append(Problem("rules/", 0, "There are no rules.", "Add at least one file ending in `.yaml`."))
    for path in paths:
        name = f"rules/{path.name}"
        text = _contents(path, name, problems)
        if text is not None:
            yield RuleFile(name, text)


def _notifications(directory: Path, language: str, problems: list[Problem]) -> Notifications:
    if not (directory / NOTIFICATIONS_FILE).exists():  # a city may leave all of it as usual
        return usual_notifications(language)
    text = _contents(directory / NOTIFICATIONS_FILE, NOTIFICATIONS_FILE, problems)
    return read_notifications(read_section(NOTIFICATIONS_FILE, text or "", problems), language)


def _publishing(directory: Path, pack: CityPack, problems: list[Problem]) -> CityPublishing:
    if not (directory / PUBLISHING_FILE).exists():  # a city that has not said what stays private publishes nothing
        return CityPublishing()
    text = _contents(directory / PUBLISHING_FILE, PUBLISHING_FILE, problems)
    return read_city_publishing(
        read_section(PUBLISHING_FILE, text or "", problems),
        agencies=[agency.code for agency in pack.agencies],
        services=[service.code for service in pack.services.services],
        rule_texts=[file.text for file in pack.rule_files],
    )


def _calendar(directory: Path, timezone: str, problems: list[Problem]) -> CityCalendar:
    years: list[CalendarYear] = []
    for path in sorted((directory / CALENDAR_FOLDER).glob("*.yaml")):
        name = f"{CALENDAR_FOLDER}/{path.name}"
        year, text = year_of_file(path.name, problems), _contents(path, name, problems)
        if year is not None and text is not None:
            years.append(read_calendar_year(read_section(name, text, problems), year))
    return CityCalendar.of(timezone, years)


def _deadlines(directory: Path, codes: set[str], problems: list[Problem]) -> DeadlinePolicy:
    if not (directory / DEADLINES_FILE).exists():  # a city may leave all of it as usual
        return USUAL_POLICY
    text = _contents(directory / DEADLINES_FILE, DEADLINES_FILE, problems)
    return read_deadlines(read_section(DEADLINES_FILE, text or "", problems), codes)


def _answers(directory: Path, codes: set[str], problems: list[Problem]) -> CityAnswers:
    if not (directory / ANSWERS_FILE).exists():  # a city need not have texts ready
        return CityAnswers()
    text = _contents(directory / ANSWERS_FILE, ANSWERS_FILE, problems)
    return read_city_answers(read_section(ANSWERS_FILE, text or "", problems), codes)


def _retention(directory: Path, problems: list[Problem]) -> CityRetention:
    if not (directory / RETENTION_FILE).exists():  # a city may leave all of it as usual
        return USUAL_RETENTION
    text = _contents(directory / RETENTION_FILE, RETENTION_FILE, problems)
    return read_retention(read_section(RETENTION_FILE, text or "", problems))


def _sp4n(directory: Path, agencies: set[str], problems: list[Problem]) -> Sp4nMapping:
    if not (directory / SP4N_FILE).exists():  # a city need not feed the national system
        return Sp4nMapping()
    text = _contents(directory / SP4N_FILE, SP4N_FILE, problems)
    return read_sp4n(read_section(SP4N_FILE, text or "", problems), agencies)


def _city(part: Section) -> City:
    timezone = part.text("timezone")
    try:
        ZoneInfo(timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        part.complain(
            f"`{timezone}` is not a time zone.", "Write for instance `Asia/Jakarta`.", part.line_of("timezone")
        )
    numbers = tuple(_emergency_number(row) for row in part.sections("emergency_numbers", required=True))
    prefix = part.text("ticket_prefix")
    if prefix and not re.fullmatch(r"[A-Z]{2,5}", prefix):
        part.complain("`ticket_prefix` should be 2 to 5 capital letters.", "Write for instance `ABC`.")
    return City(part.text("name"), part.text("code"), timezone, part.text("language"), prefix, numbers)


def _emergency_number(row: Section) -> EmergencyNumber:
    found = EmergencyNumber(row.text("number"), row.text("label"), row.flag("confirm"))
    row.finish()
    return found


def _area(part: Section) -> Area:
    area = Area(
        part.text("kecamatan"),
        part.texts("aliases"),
        tuple(_kelurahan(row) for row in part.sections("kelurahan", required=True)),
    )
    part.finish()
    return area


def _kelurahan(part: Section) -> Kelurahan:
    found = Kelurahan(
        part.text("name"),
        part.text("postcode", required=False),
        part.texts("aliases"),
        part.texts("only_after"),
    )
    part.finish()
    return found


def _neighbour(part: Section, codes: set[str]) -> Neighbour:
    agency = part.text("agency")
    if agency and agency not in codes:
        part.complain(f"There is no agency `{agency}`.", suggest(agency, sorted(codes)), part.line_of("agency"))
    found = Neighbour(part.text("name"), part.texts("aliases"), agency)
    part.finish()
    return found


def _place_words(part: Section) -> PlaceWords:
    keys = ("roads", "named", "near", "towards", "landmarks", "never_names")
    found = PlaceWords(**{key: part.texts(key) for key in keys})
    part.finish()
    return found


def _spellings(part: Section) -> Spellings:
    words: dict[str, str] = {}
    protected = frozenset(word.lower() for word in part.texts("protected"))
    for written, meant, line in part.pairs("words", required=True):
        if " " in written or not meant:
            part.complain(f"`{written}` cannot be a spelling.", "Write one word, a colon, and what it means.", line)
        elif written.lower() in protected:
            part.complain(f"`{written}` is protected and cannot be changed.", "Remove it from one list.", line)
        words[written.lower()] = meant.lower()
    sundanese = part.section("sundanese")
    senses = {word.lower(): meant.lower() for word, meant, _ in sundanese.pairs("words")}
    marks = frozenset(word.lower() for word in sundanese.texts("marks"))
    sundanese.finish()
    return Spellings(
        words=MappingProxyType(words),
        protected=protected,
        fillers=frozenset(word.lower() for word in part.texts("fillers")),
        no_content=frozenset(word.lower() for word in part.texts("no_content")),
        negations=tuple(_negation(row) for row in part.sections("negations")),
        sundanese=MappingProxyType(senses),
        sundanese_marks=marks,
    )


def _negation(part: Section) -> Negation:
    reach = as_integer(part.text("reach")) or 0
    if not 1 <= reach <= 6:
        part.complain("`reach` should be a number of words from 1 to 6.", "Write `reach: 2`.", part.line_of("reach"))
    words, unless, beside = part.texts("words", required=True), part.texts("unless_next"), part.texts("only_with")
    found = Negation(words, reach, unless, beside, part.texts("over"))
    part.finish()
    return found
