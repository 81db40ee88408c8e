"""What a city offers to other programs by Open311: the matters a citizen can pick, and what is asked about each.

Read from the pack's `services.yaml`, which a city may leave out: then it offers nothing, and no program can report.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from shared.marked_yaml import Section, suggest

DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
LIST_DATATYPES = ("singlevaluelist", "multivaluelist")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MOST_CODE_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked about a matter. `label` stands before the answer where officers read it."""

    code: str
    label: str
    description: str
    datatype: str = "string"
    required: bool = False
    hint: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class CityService:
    """A matter as citizens call it. `agency` usually has it: a hint for readers of the file, which routes nothing."""

    code: str
    name: str
    description: str
    group: str
    keywords: tuple[str, ...] = ()
    agency: str = ""
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle in degrees (WGS 84) that holds the whole city, and a little of its neighbours."""

    south: float
    north: float
    west: float
    east: float

    def hold(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


@dataclass(frozen=True, slots=True)
class CityServices:
    """`changed` is when the list changed last; programs look at it to know whether to read the list again."""

    jurisdiction: str = ""
    changed: str = ""
    contact: str = ""
    key_service: str = ""
    bounds: Bounds | None = None
    services: tuple[CityService, ...] = ()

    def service(self, code: str) -> CityService | None:
        return next((service for service in self.services if service.code == code), None)


def read_city_services(part: Section, agencies: Collection[str]) -> CityServices:
    """Never raises; what is wrong is noted in the section's problems."""
    found = CityServices(
        jurisdiction=part.text("jurisdiction_id"),
        changed=_changed(part),
        contact=part.text("contact"),
        key_service=part.text("key_service", required=False),
        bounds=_bounds(part.section("bounds")),
        services=tuple(_service(row, agencies) for row in part.sections("services", required=True)),
    )
    _refuse_doubles(part, "services", [service.code for service in found.services])
    return found


def _changed(part: Section) -> str:
    value = part.text("changed")
    try:
        aware = not value or datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        part.complain(f"`changed: {value}` is no instant.", "Write 2026-11-24T00:00:00+07:00.", part.line_of("changed"))
    return value


def _bounds(part: Section) -> Bounds | None:
    if not part.entries:
        return None
    south, north, west, east = (_degrees(part, side) for side in ("south", "north", "west", "east"))
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        part.complain("`bounds` is no rectangle.", "`south` is less than `north`, and `west` less than `east`.")
    part.finish()
    return Bounds(south, north, west, east)


def _degrees(part: Section, side: str) -> float:
    text = part.text(side)
    if re.fullmatch(r"-?\d{1,3}(\.\d{1,9})?", text):
        return float(text)
    part.complain(f"`{side}` should be degrees.", f"Write `{side}: -6.9`.", part.line_of(side))
    return 0.0


def _service(part: Section, agencies: Collection[str]) -> CityService:
    agency = part.text("agency", required=False)
    if agency and agency not in agencies:
        part.complain(f"There is no agency `{agency}`.", suggest(agency, sorted(agencies)), part.line_of("agency"))
    service = CityService(
        code=_code(part),
        name=part.text("name"),
        description=part.text("description"),
        group=part.text("group"),
        keywords=part.texts("keywords"),
        agency=agency,
        questions=tuple(_question(row) for row in part.sections("questions")),
    )
    if any("," in keyword for keyword in service.keywords):
        part.complain("A keyword holds a comma.", "Write two keywords.", part.line_of("keywords"))
    _refuse_doubles(part, "questions", [question.code for question in service.questions])
    part.finish()
    return service


def _question(part: Section) -> Question:
    datatype = part.text("datatype", required=False, default="string")
    if datatype not in DATATYPES:
        part.complain(f"`{datatype}` is not known.", suggest(datatype, DATATYPES), part.line_of("datatype"))
    choices = tuple(Choice(key, name) for key, name, _ in part.pairs("choices"))
    if bool(choices) != (datatype in LIST_DATATYPES):
        part.complain("A list has `choices`, and nothing else has.", "Mend `datatype` or `choices`.")
    question = Question(
        code=_code(part),
        label=part.text("label"),
        description=part.text("description"),
        datatype=datatype,
        required=part.flag("required"),
        hint=part.text("hint", required=False),
        choices=choices,
    )
    part.finish()
    return question


def _code(part: Section) -> str:
    code = part.text("code")
    if code and (len(code) > _MOST_CODE_CHARACTERS or not _CODE.fullmatch(code)):
        part.complain(f"The code `{code}` cannot be used.", "Use small letters, digits and `-`.", part.line_of("code"))
    return code


def _refuse_doubles(part: Section, key: str, codes: list[str]) -> None:
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        part.complain(f"The code `{code}` stands here twice.", "Keep one.", part.line_of(key))
